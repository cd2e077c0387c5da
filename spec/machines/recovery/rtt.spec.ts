import { expect } from 'chai'
import { RttEstimator } from '../../../machines/recovery/rtt.ts'

describe('RttEstimator', () => {
  it('begins with what the handshake suggests', () => {
    const rtt = new RttEstimator(80)
    expect(rtt).to.include({ latestMs: 80, minMs: 80, smoothedMs: 80, varianceMs: 40 })
  })

  it('lets the first sample replace that (RFC 9002 §5.2, §5.3)', () => {
    const rtt = new RttEstimator(80)
    rtt.sample(100, 0)
    expect(rtt).to.include({ latestMs: 100, minMs: 100, smoothedMs: 100, varianceMs: 50 })
    const shorter = new RttEstimator(80)
    shorter.sample(60, 0)
    expect(shorter).to.include({ latestMs: 60, minMs: 60, smoothedMs: 60, varianceMs: 30 })
  })

  it('smooths by eighths and quarters, less the delay of the peer', () => {
    const rtt = new RttEstimator(80)
    rtt.sample(100, 0)
    rtt.sample(140, 20)
    expect(rtt.smoothedMs).to.equal(0.875 * 100 + 0.125 * 120)
    expect(rtt.varianceMs).to.equal(0.75 * 50 + 0.25 * 20)
    expect(rtt).to.include({ latestMs: 120, minMs: 100 })
  })

  it('believes a delay as far as the shortest round trip, and none beyond', () => {
    for (const delayMs of [40, 41, 4_000]) {
      const rtt = new RttEstimator(80)
      rtt.sample(100, 0)
      rtt.sample(140, delayMs)
      expect(rtt).to.include({ latestMs: 100, minMs: 100, smoothedMs: 100 })
    }
  })

  it('believes it in the first sample, unless that leaves nothing', () => {
    const late = new RttEstimator(80)
    late.sample(900, 850)
    expect(late).to.include({ latestMs: 50, minMs: 50, smoothedMs: 50, varianceMs: 25 })
    const liar = new RttEstimator(80)
    liar.sample(900, 900)
    expect(liar).to.include({ latestMs: 80, minMs: 80, smoothedMs: 80 })
  })

  it('remembers how late the peer reports, no more than a round trip', () => {
    const rtt = new RttEstimator(100)
    rtt.reported(24)
    expect(rtt.peerDelayMs).to.equal(24)
    rtt.reported(0)
    expect(rtt.peerDelayMs).to.equal(21)
    rtt.reported(1_000)
    expect(rtt.peerDelayMs).to.equal(100)
    const near = new RttEstimator(1)
    near.reported(1_000)
    expect(near.peerDelayMs).to.equal(25)
  })

  it('calls lost what is 9/8 of a round trip old, but nothing under a millisecond', () => {
    const rtt = new RttEstimator(80)
    rtt.sample(100, 0)
    expect(rtt.lossDelayMs).to.equal(112.5)
    rtt.sample(200, 0)
    expect(rtt.lossDelayMs).to.equal(225)
    const quick = new RttEstimator(0.1)
    expect(quick.lossDelayMs).to.equal(1)
  })

  it('doubles the probe timeout from the seventh probe on, up to a second', () => {
    const rtt = new RttEstimator(100)
    for (const probes of [0, 1, 6]) expect(rtt.probeTimeoutMs(probes)).to.equal(325)
    expect(rtt.probeTimeoutMs(7)).to.equal(650)
    expect(rtt.probeTimeoutMs(8)).to.equal(1_000)
    expect(rtt.probeTimeoutMs(5_000)).to.equal(1_000)
  })

  it('never probes before the timeout of a path longer than that second', () => {
    const rtt = new RttEstimator(800)
    for (const probes of [0, 1, 10]) expect(rtt.probeTimeoutMs(probes)).to.equal(2_500)
  })

  it('takes the first answer for a bound, until a sample is there', () => {
    const rtt = new RttEstimator(333)
    rtt.bound(400)
    expect(rtt.smoothedMs).to.equal(333)
    rtt.bound(60)
    expect(rtt).to.include({ latestMs: 60, minMs: 60, smoothedMs: 60, varianceMs: 30 })
    rtt.sample(50, 0)
    rtt.bound(20)
    expect(rtt.smoothedMs).to.equal(50)
  })

  it('waits a millisecond at least for the variance', () => {
    const rtt = new RttEstimator(0)
    rtt.sample(0, 0)
    expect(rtt.probeTimeoutMs(0)).to.equal(1 + 25)
  })
})
