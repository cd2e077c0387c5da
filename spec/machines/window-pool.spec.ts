import { expect } from 'chai'
import { POOL_RECORDS, WINDOW_RECORDS, WINDOW_RECORDS_MIN } from '../../machines/limits.ts'
import { WindowPool } from '../../machines/server/window-pool.ts'

describe('WindowPool', () => {
  it('gives the first session all it may have, and every later one something', () => {
    const pool = new WindowPool()
    const grants = Array.from({ length: 1_000 }, () => pool.grant())
    expect(grants[0]).to.equal(WINDOW_RECORDS)
    expect(Math.min(...grants)).to.equal(WINDOW_RECORDS_MIN)
    const total = grants.reduce((sum, grant) => sum + grant, 0)
    expect(total).to.be.at.most(POOL_RECORDS + 1_000 * WINDOW_RECORDS_MIN)
  })

  it('is as it was once all windows are given back', () => {
    const pool = new WindowPool()
    const first = Array.from({ length: 50 }, () => pool.grant())
    for (const grant of first) pool.release(grant)
    expect(Array.from({ length: 50 }, () => pool.grant())).to.deep.equal(first)
  })
})
