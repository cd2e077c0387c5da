import { expect } from 'chai'
import { delay, drop, simulate } from 'ferrygram/simulation'
import { useFakeTimers } from 'sinon'

it('a get survives a link that loses every third datagram', async () => {
  const clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
  const sea = simulate({ seed: 7, link: [delay(25), drop(1 / 3)] })
  sea.serverFiles.set('tide.txt', Buffer.alloc(100_000, 'high at noon '))
  const server = await sea.serve(5005, { root: '.', key: null })

  const get = sea.get({ host: 'sea', port: 5005 }, 'tide.txt', { key: null })
  await clock.tickAsync(5_000)
  expect(await get.outcome).to.have.property('ok')
  expect(sea.clientFiles.bytes('received_tide.txt')).to.deep.equal(
    sea.serverFiles.bytes('tide.txt'),
  )
  server.stop()
  clock.restore()
})
