/**
 * How a session ends that received files: it says so, and again when the server asks to hear it, until
 * nobody has asked for a while. PROTOCOL "Ending".
 */
export const lingering = {
  entry: ['announceSettled', 'sendDone'],
  on: {
    burst: [
      { guard: 'isOver', target: 'done' },
      { guard: 'isAsked', actions: 'sendDone' },
    ],
    cancel: 'done',
  },
  after: { lingerMs: 'done' },
} as const
