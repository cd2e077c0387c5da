import { expect } from 'chai'
import { DeliveryRate } from '../../../machines/recovery/delivery-rate.ts'
import { type Train, TrainRate } from '../../../machines/recovery/train-rate.ts'

const BYTES = 1_000

/** Reports on packets of 1 000 bytes, `leavingMs` and `arrivingMs` apart; what trains told. */
function trainsOf(leavingMs: number, arrivingMs: number, rttMinMs = 80, packets = 101): Train[] {
  const rate = new DeliveryRate(0)
  const trains = new TrainRate()
  const told: Train[] = []
  for (let i = 0; i < packets; i += 1) {
    rate.onDelivered(BYTES, i * arrivingMs)
    const train = trains.sample(rate, i * leavingMs, 100 + i * arrivingMs, rttMinMs)
    if (train !== null) told.push(train)
  }
  return told.slice(1)
}

describe('TrainRate', () => {
  it('tells once an eighth of the shortest round trip', () => {
    expect(trainsOf(1, 1)).to.have.length(10)
    expect(trainsOf(1, 1, 81)).to.have.length(9)
  })

  it('tells once in 4 ms where round trips are shorter', () => {
    expect(trainsOf(1, 1, 0.1)).to.have.length(25)
  })

  it('finds how fast a train arrived, and whether that is slower than it left', () => {
    expect(trainsOf(1, 1)[0]).to.deep.equal({ rateBytesPerS: 1_000_000, stretched: false })
    expect(trainsOf(1, 1.25)[0]).to.deep.equal({ rateBytesPerS: 800_000, stretched: false })
    expect(trainsOf(1, 2)[0]).to.deep.equal({ rateBytesPerS: 500_000, stretched: true })
  })

  it('never finds more than was sent, though the reports come close together', () => {
    expect(trainsOf(1, 0.25)[0]).to.deep.equal({ rateBytesPerS: 1_000_000, stretched: false })
  })

  it('counts in what the path loses by itself', () => {
    const rate = new DeliveryRate(0)
    const trains = new TrainRate()
    trains.sample(rate, 0, 100, 80)
    rate.onDelivered(8 * BYTES, 110)
    rate.lostBytes = 2 * BYTES
    rate.ownLossMax = 0.5
    expect(trains.sample(rate, 10, 110, 80)?.rateBytesPerS).to.equal(1_000_000)
  })
})
