import { assign } from 'xstate'
import { FailureError } from '../../machines/failures.ts'
import {
  congestionMachine,
  pathMtuMachine,
  receiverMachine,
  senderMachine,
} from '../../machines/index.ts'
import type { Pace } from '../../machines/recovery/pace.ts'
import type { ReceiverVerdict } from '../../machines/recovery/receiver-verdict.ts'
import type { RoundSample } from '../../machines/recovery/round.ts'
import type { SenderVerdict } from '../../machines/recovery/sender-verdict.ts'
import type { Alphabet } from './alphabet.ts'
import * as ev from './events.ts'
import type { Memory, Subject } from './subject.ts'

const ports = { link: {}, wire: {}, folder: {} }
const nothing = (): Memory => ({})

const sample: RoundSample = {
  atMs: 2_000,
  rateBytesPerS: 1_000_000,
  trainBytesPerS: 2_000_000,
  rttMs: 50,
  peerDelayMs: 0,
  rttMinMs: 50,
  appLimited: false,
  deliveredBytes: 50_000,
  lostBytes: 0,
  inFlightBytes: 50_000,
}
const pace: Pace = {
  rateBytesPerS: 1_000_000,
  inFlightBytesMax: 50_000,
  drainedBytes: 0,
  queuedRttMs: Number.POSITIVE_INFINITY,
  lossShareMax: 0.02,
  noticedRttMs: 57,
  found: null,
}

/** Keeps the verdict that the event brings, in place of what the books would say. */
const keepVerdict = assign(({ event: { verdict } }) => ({ verdict }))

function sending(parts: Partial<SenderVerdict>): SenderVerdict {
  return {
    limit: 'pacing',
    finished: false,
    probing: false,
    wanted: null,
    round: null,
    digests: [],
    crossing: null,
    grownBytesPerS: null,
    filledBytesPerS: null,
    size: null,
    ...parts,
  }
}

const senderVerdicts = {
  pacing: sending({}),
  'starved of disk': sending({ limit: 'disk' }),
  'limited by congestion': sending({ limit: 'congestion' }),
  'limited by receiver': sending({ limit: 'receiver' }),
  'drained of data': sending({ limit: 'drained' }),
  'probing, drained of data': sending({ limit: 'drained', probing: true }),
  finished: sending({ limit: 'drained', finished: true }),
  'round ended': sending({ round: sample }),
  'in flight drained': sending({ crossing: 'drained' }),
  'round ended, in flight drained': sending({ round: sample, crossing: 'drained' }),
  'path filled': sending({ filledBytesPerS: 2_000_000 }),
  'rate grew': sending({ grownBytesPerS: 2_000_000 }),
  'size probe acknowledged': sending({ size: 'probeAcknowledged' }),
  'size probe lost': sending({ size: 'probeLost' }),
  'size went black': sending({ size: 'wentBlack' }),
}

function receiving(parts: Partial<ReceiverVerdict>): ReceiverVerdict {
  return {
    statusDue: false,
    complete: false,
    full: false,
    completed: [],
    kept: [],
    atFault: false,
    ...parts,
  }
}

const receiverVerdicts = {
  going: receiving({}),
  full: receiving({ full: true }),
  complete: receiving({ complete: true }),
  'peer at fault': receiving({ atFault: true }),
  'peer at fault, full': receiving({ atFault: true, full: true }),
  'complete, full': receiving({ complete: true, full: true }),
}

/** Each event with each verdict: `burst status: finished`. */
function withVerdicts(events: Alphabet, verdicts: Readonly<Record<string, object>>): Alphabet {
  return Object.fromEntries(
    Object.entries(events).flatMap(([name, event]) =>
      Object.entries(verdicts).map(([told, verdict]) => [
        `${name}: ${told}`,
        { ...event, verdict },
      ]),
    ),
  )
}

/** A round that ended with one guard of the machine true, as if its path model said so. */
const rounds = Object.fromEntries(
  [
    'nothing',
    'isPipeFull',
    'hasCruisedEnough',
    'hasRoom',
    'hasFoundTheTop',
    'outgrows',
    'hasYielded',
    'hasYieldedInVain',
    'isRttMinStale',
    'hasProbedRtt',
  ].map((holds) => [`roundEnded: ${holds}`, { type: 'roundEnded', sample, holds }]),
)

const receiverInput = {
  ports,
  path: 'Foo1.txt',
  totalBytes: 150_000,
  windowRecords: 128,
  rttMs: 50,
  atMs: ev.AT_MS,
  held: [],
}
const senderInput = {
  ports,
  path: 'Foo1.txt',
  totalBytes: 150_000,
  datagramBytes: 1_200,
  sizeFixed: false,
  peer: ev.introduction,
  rttMs: 50,
  atMs: ev.AT_MS,
  rateBytesPerSMax: Number.POSITIVE_INFINITY,
  known: null,
}

const congestionInput = {
  rttMs: 50,
  initialBytes: 38_400,
  atMs: ev.AT_MS,
  bounds: { rateBytesPerSMax: Number.POSITIVE_INFINITY, socketBufferBytes: 212_992 },
  known: null,
}

/** The machines that keep books, driven by supplied verdicts. */
export const transferSubjects: readonly Subject[] = [
  {
    id: 'transfer/sender',
    machine: senderMachine,
    inputs: { file: senderInput, 'an empty file': { ...senderInput, totalBytes: 0 } },
    events: {
      ...withVerdicts({ burst: ev.burst({ controls: [ev.status()] }) }, senderVerdicts),
      ...withVerdicts(
        {
          'timeout loss': ev.timeout('loss'),
          'timeout probe': ev.timeout('probe'),
          recordsSealed: ev.recordsSealed(0, 1),
          entryFailed: ev.entryFailed(),
          paused: ev.paused(),
          paceChanged: { type: 'paceChanged', pace },
          sizeChanged: { type: 'sizeChanged', datagramBytes: 1_472 },
          addressProved: ev.addressProved(),
          challenged: ev.challenged(),
          sizeProbed: { type: 'sizeProbed', datagramBytes: 1_472 },
        },
        {
          pacing: senderVerdicts.pacing,
          'limited by congestion': senderVerdicts['limited by congestion'],
        },
      ),
      recordsStored: ev.recordsStored([0]),
      recordsRejected: ev.recordsRejected([0]),
      blocksRejected: ev.blocksRejected(0, [1]),
      fileFailed: ev.fileFailed(),
      greeted: ev.greeted(),
    },
    endings: {
      congestion: { bug: { error: new TypeError('a bug') } },
      pathMtu: { bug: { error: new TypeError('a bug') } },
    },
    remembered: nothing,
    supplied: {
      actions: {
        takeBurst: keepVerdict,
        takeTimeout: keepVerdict,
        takeSealed: keepVerdict,
        takeWithdrawal: keepVerdict,
        takePause: keepVerdict,
        takePace: keepVerdict,
        takeSize: keepVerdict,
        takeSizeProbe: keepVerdict,
        takeMove: keepVerdict,
      },
    },
  },
  {
    id: 'transfer/receiver',
    machine: receiverMachine,
    inputs: {
      file: receiverInput,
      'a file, a burst held': {
        ...receiverInput,
        held: [{ ...ev.burst({ data: [{}] }), verdict: receiverVerdicts.going }],
      },
      'an empty file': { ...receiverInput, totalBytes: 0 },
    },
    events: {
      ...withVerdicts({ 'burst data': ev.burst({ data: [{}] }) }, receiverVerdicts),
      ...withVerdicts(
        {
          'burst ping': ev.burst({ controls: [ev.ping()] }),
          'burst digests': ev.burst({ controls: [ev.digests(0)] }),
          'timeout statusDelay': ev.timeout('statusDelay'),
          'timeout statusRepeat': ev.timeout('statusRepeat'),
          recordsRejected: ev.recordsRejected([0]),
          blocksRejected: ev.blocksRejected(0, [1]),
        },
        {
          going: receiverVerdicts.going,
          full: receiverVerdicts.full,
          'peer at fault': receiverVerdicts['peer at fault'],
        },
      ),
      ...withVerdicts(
        { targetsLookedAt: ev.targetsLookedAt(), recordsSpared: ev.recordsSpared() },
        { going: receiverVerdicts.going, complete: receiverVerdicts.complete },
      ),
      ...withVerdicts({ recordsStored: ev.recordsStored([0]) }, receiverVerdicts),
      recordsSealed: ev.recordsSealed(0, 1),
      fileFailed: ev.fileFailed(),
    },
    endings: {
      commit: {
        '': { output: undefined },
        noSpace: { error: new FailureError({ kind: 'noSpace', path: 'Foo1.txt' }) },
        bug: { error: new TypeError('a bug') },
      },
    },
    remembered: nothing,
    supplied: {
      actions: {
        takeBurst: keepVerdict,
        takeTimeout: keepVerdict,
        takeStored: keepVerdict,
        takeLookedAt: keepVerdict,
        takeSpared: keepVerdict,
        takeRejected: keepVerdict,
        takeBlocksRejected: keepVerdict,
      },
    },
  },
  {
    id: 'transfer/congestion',
    machine: congestionMachine,
    inputs: { path: congestionInput },
    events: {
      ...rounds,
      drained: { type: 'drained' },
      queued: { type: 'queued' },
      overflowed: { type: 'overflowed' },
      'overflowed: isHeld': { type: 'overflowed', holds: 'isHeld' },
      'overflowed: wasHeld': { type: 'overflowed', holds: 'wasHeld' },
      silent: { type: 'silent' },
      filled: { type: 'filled', rateBytesPerS: 2_000_000 },
      'filled: trainsTell': { type: 'filled', rateBytesPerS: 2_000_000, holds: 'trainsTell' },
      grew: { type: 'grew', rateBytesPerS: 2_000_000 },
      restarted: { type: 'restarted', input: congestionInput },
    },
    endings: {},
    remembered: nothing,
    supplied: {
      // It tells its parent, and here it has none.
      actions: { answerPace: () => {} },
      guards: Object.fromEntries(
        Object.keys(congestionMachine.implementations.guards).map((name) => [
          name,
          ({ event: { holds } }) => holds === name,
        ]),
      ),
    },
  },
  {
    id: 'transfer/path-mtu',
    machine: pathMtuMachine,
    inputs: {
      'a free size': { datagramBytes: 1_200, fixed: false },
      'a size asked for': { datagramBytes: 1_400, fixed: true },
    },
    events: {
      probeAcknowledged: { type: 'probeAcknowledged' },
      probeLost: { type: 'probeLost' },
      wentBlack: { type: 'wentBlack' },
      restarted: { type: 'restarted' },
    },
    endings: {},
    remembered: ({ datagramBytes, fixed, lost }) => ({ datagramBytes, fixed, lost }),
    // It tells its parent, and here it has none.
    supplied: { actions: { askProbe: () => {}, answerSize: () => {} } },
  },
]
