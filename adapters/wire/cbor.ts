import { type DecodeOptions, decode } from 'cborg'
import * as v from 'valibot'
import type { Decoded } from './datagram.ts'

/** Only the shortest form of everything, and nothing JSON could not say but byte strings. */
const STRICT: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
}

/** One strict CBOR item and nothing behind it (RFC 8949); total. */
export function decodeCbor(bytes: Uint8Array): Decoded<unknown> {
  try {
    return { value: decode(bytes, STRICT) }
  } catch {
    return { malformed: 'notCbor' }
  }
}

/** One strict CBOR item that a schema accepts; total. */
export function decodeAs<Schema extends v.GenericSchema>(
  schema: Schema,
  bytes: Uint8Array,
): Decoded<v.InferOutput<Schema>> {
  const item = decodeCbor(bytes)
  return 'malformed' in item ? item : checkAs(schema, item.value)
}

/** A decoded item once a schema accepts it; total. */
export function checkAs<Schema extends v.GenericSchema>(
  schema: Schema,
  item: unknown,
): Decoded<v.InferOutput<Schema>> {
  const checked = v.safeParse(schema, item, { abortEarly: true })
  return checked.success ? { value: checked.output } : { malformed: 'outOfBounds' }
}
