/**
 * One session, server side. Until a sealed word proves that the client lives at its address nothing
 * is changed and little is sent.
 * PROTOCOL "Hello and welcome", "Data", "Ending", "While contents are compared".
 */
import { hearing, receiversEvents, sendersEvents } from '../transfer/hosting.ts'
import { outcomeOf, receiverInput, senderInput, targetInput } from './session-context.ts'
import { sessionSetup } from './session-setup.ts'

const silence = {
  patienceMs: { target: '#session.closed', actions: 'keepLinkLost' },
} as const
/** A server that drains has less patience, also with a client that is quiet already. */
const patience = { drain: { target: 'quiet', reenter: true, actions: 'keepDraining' } } as const
/** Others wait until the session ends or has had its turn. */
const turn = { turnMs: { actions: 'endTurn' } } as const

export const sessionMachine = sessionSetup.createMachine({
  id: 'session',
  context: ({ input }) => ({
    input,
    ports: input.ports,
    request: input.hello.request,
    answer: null,
    greetedAtMs: input.atMs,
    provedAtMs: input.atMs,
    windowRecords: input.introduction.windowRecords,
    admittedAtMs: input.atMs,
    held: [],
    stored: [],
    offer: null,
    batchBytes: 0,
    sessionsLeft: 0,
    alreadyThere: false,
    lastWordRepeats: 0,
    draining: false,
    failure: null,
  }),
  invoke: { id: 'session', src: 'session', input: ({ context }) => ({ ports: context.ports }) },
  on: {
    cancel: { target: '.closed', actions: ['keepFailure', 'sendError'] },
    supersede: { target: '.closed', actions: ['keepFailure', 'sendError'] },
    drain: { actions: 'keepDraining' },
    greeted: { actions: 'keepGreetingTime' },
    sessionsLeft: { actions: 'keepSessionsLeft' },
    addressChanged: { actions: 'sendChallenge' },
    addressProved: { actions: 'takeAddress' },
    burst: { guard: 'hasFailed', target: '.closed', actions: ['keepFailure', 'sendBye'] },
  },
  initial: 'looking',
  states: {
    looking: {
      invoke: {
        id: 'look',
        src: 'look',
        input: ({ context }) => ({ ports: context.ports, request: context.request }),
        onDone: [
          { guard: 'isAnswered', target: 'lingering.welcoming', actions: 'keepAnswer' },
          { guard: 'isOffer', target: 'sending', actions: ['keepAnswer', 'sendWelcome'] },
          { target: 'admitting', actions: ['keepAnswer', 'sendWelcome'] },
        ],
        onError: { target: 'lingering.welcoming', actions: 'keepLookFailure' },
      },
      after: { ...turn, diskMsMax: { target: 'lingering.welcoming', actions: 'keepDiskTimeout' } },
    },
    /** Whatever changes something, or takes a while, waits until the address is proved. */
    admitting: {
      initial: 'proving',
      states: {
        proving: {
          on: {
            burst: [
              { guard: 'hasFailed', target: '#session.closed', actions: 'keepFailure' },
              {
                guard: 'isProofToCompare',
                target: '#session.comparing',
                actions: ['keepProofTime', 'trustAddress', 'supersede'],
              },
              {
                guard: 'isProofOfExit',
                target: '#session.exiting',
                actions: ['keepProofTime', 'trustAddress'],
              },
              {
                guard: 'isProofToQueue',
                target: 'queued',
                actions: ['keepProofTime', 'trustAddress', 'supersede', 'joinQueue'],
              },
              {
                guard: 'isProofToOpen',
                target: '#session.opening',
                actions: ['holdBurst', 'keepProofTime', 'trustAddress'],
              },
              { guard: 'isEarly', actions: 'holdBurst' },
              { guard: 'isHelloAgain', actions: 'sendWelcome' },
            ],
          },
          after: {
            ...turn,
            proofMsMax: { target: '#session.closed', actions: 'keepNoProof' },
          },
        },
        /** Others begin first; a client that asks is told so, one that no longer does loses its place. */
        queued: {
          entry: 'sendQueued',
          on: {
            burst: [
              { guard: 'hasFailed', target: '#session.closed', actions: 'keepFailure' },
              { guard: 'isAsked', target: 'queued', reenter: true },
            ],
            admitted: [
              { guard: 'hasTarget', target: '#session.opening', actions: 'keepAdmission' },
              { target: '#session.sending.lively', actions: 'keepAdmission' },
            ],
          },
          after: { proofMsMax: { target: '#session.closed', actions: 'keepNoProof' } },
        },
      },
    },
    /** Hashes a file, however long that takes; a client that asks is told to wait. */
    comparing: {
      entry: 'endTurn',
      invoke: {
        id: 'compare',
        src: 'compare',
        input: ({ context }) => ({ ports: context.ports, request: context.request }),
        onDone: { target: 'lingering', actions: 'noteAlreadyThere' },
        onError: { target: 'lingering', actions: 'keepFailure' },
      },
      initial: 'telling',
      states: {
        telling: {
          entry: 'sendComparing',
          on: {
            burst: [
              { guard: 'hasFailed', target: '#session.closed', actions: 'keepFailure' },
              { guard: 'isAsked', target: 'telling', reenter: true },
            ],
            drain: { target: 'telling', reenter: true, actions: 'keepDraining' },
          },
          after: { patienceMs: { target: '#session.closed', actions: 'keepLinkLost' } },
        },
      },
      after: { hashMsMax: { target: 'lingering', actions: 'keepDiskTimeout' } },
    },
    /** Takes the target for itself; its first bytes may be here already. */
    opening: {
      invoke: {
        id: 'openTarget',
        src: 'openTarget',
        input: ({ context }) => targetInput(context),
        onDone: [
          { guard: 'isIdentical', target: 'lingering', actions: 'noteAlreadyThere' },
          { target: 'receiving', actions: 'keepStored' },
        ],
        onError: { target: 'lingering', actions: 'keepFailure' },
      },
      on: { burst: { guard: 'isNoError', actions: 'holdBurst' } },
      after: { ...turn, diskMsMax: { target: 'lingering', actions: 'keepDiskTimeout' } },
    },
    receiving: {
      exit: 'stopTransfer',
      after: turn,
      invoke: {
        id: 'transfer',
        src: 'receiver',
        input: ({ context }) => receiverInput(context),
        onDone: [
          { guard: 'hasFailed', target: 'lingering', actions: 'keepFailure' },
          { guard: 'hasOffer', target: 'sending.lively' },
          { target: 'lingering' },
        ],
      },
      on: {
        ...receiversEvents,
        sourcesOpened: { actions: 'keepOffer' },
        targetsLookedAt: { actions: ['countBatchBytes', 'forwardToTransfer'] },
      },
      initial: 'lively',
      states: hearing('isForReceiver', silence, patience),
    },
    sending: {
      exit: 'stopTransfer',
      after: turn,
      invoke: {
        id: 'transfer',
        src: 'sender',
        input: ({ context }) => senderInput(context),
        onDone: [
          { guard: 'hasFailed', target: 'lingering', actions: 'keepFailure' },
          { target: 'lingering' },
        ],
      },
      on: {
        ...sendersEvents,
        addressProved: { actions: ['takeAddress', 'forwardToTransfer'] },
        burst: [
          { guard: 'isDone', target: 'closed', actions: ['sendBye', 'endTurn'] },
          { guard: 'isOver', target: 'closed' },
        ],
      },
      initial: 'unproved',
      states: {
        /** Sends no more than three times what it was sent. */
        unproved: {
          on: {
            burst: [
              { guard: 'isHelloAgain', actions: 'sendWelcome' },
              {
                guard: 'isForTransfer',
                target: 'lively',
                actions: ['trustAddress', 'supersede', 'forwardToTransfer'],
              },
            ],
          },
          after: { proofMsMax: { target: '#session.closed', actions: 'keepNoProof' } },
        },
        ...hearing('isForTransfer', silence, patience),
      },
    },
    /** Takes no new sessions and lets the others finish. */
    exiting: {
      entry: 'startDraining',
      initial: 'counting',
      states: {
        counting: { on: { sessionsLeft: { target: 'telling', actions: 'keepSessionsLeft' } } },
        telling: {
          entry: 'sendDraining',
          always: { guard: 'isAlone', target: '#session.lingering' },
          on: { sessionsLeft: { target: 'telling', reenter: true, actions: 'keepSessionsLeft' } },
          after: { drainingRepeatMs: { target: 'telling', reenter: true } },
        },
      },
      after: { drainMsMax: 'lingering' },
    },
    /** Says its last word, and again when asked, until nobody has asked for a while. */
    lingering: {
      entry: ['announceSettled', 'endTurn'],
      initial: 'speaking',
      states: {
        /** The welcome said it all. */
        welcoming: {
          entry: 'sendWelcome',
          on: { burst: { guard: 'isHelloAgain', target: 'welcoming', reenter: true } },
          after: { lingerMs: '#session.closed' },
        },
        speaking: {
          entry: 'sendLastWord',
          on: {
            burst: [
              { guard: 'isQuestion', target: 'answering' },
              { guard: 'isAsked', target: 'speaking', reenter: true, actions: 'forgetRepeats' },
            ],
          },
          after: {
            lastWordRepeatMs: {
              guard: 'mayRepeat',
              target: 'speaking',
              reenter: true,
              actions: 'countRepeat',
            },
            lingerMs: '#session.closed',
          },
        },
        /** Tells what became of a batch, page by page as it is asked. */
        answering: {
          entry: 'sendResults',
          on: {
            burst: [
              { guard: 'isQuestion', target: 'answering', reenter: true },
              { guard: 'isAsked', target: 'speaking' },
            ],
          },
          after: { lingerMs: '#session.closed' },
        },
      },
      on: {
        burst: [
          { guard: 'isOver', target: 'closed' },
          { guard: 'isDone', target: 'closed', actions: 'sendBye' },
        ],
        cancel: 'closed',
        supersede: 'closed',
      },
    },
    closed: { type: 'final' },
  },
  output: ({ context }) => outcomeOf(context),
})
