/** Does `work` with every item, `count` of them at once. Rejects as the first that rejects. */
export async function forEachAtOnce<Item>(
  count: number,
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      await work(items[index]!, index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, worker))
}
