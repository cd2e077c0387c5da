import envPaths from 'env-paths'

type Interactive = { readonly isTTY?: boolean }

interface Environment {
  readonly FERRYGRAM_KEY?: string | undefined
  readonly NO_COLOR?: string | undefined
  readonly TERM?: string | undefined
}

/** The process as the commands see it, so that specs can hand in another. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & Interactive
  readonly stdout: NodeJS.WritableStream & Interactive
  readonly stderr: NodeJS.WritableStream & Interactive & { readonly columns?: number }
  readonly env: Environment
  /** Absolute; relative names mean something from here. */
  readonly currentFolder: string
  /** The user's config folder for this program; it may not exist yet. */
  readonly configFolder: string
  /** Calls back at every SIGINT and SIGTERM until the returned function is called. */
  onSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void
  /** Ends the process at once, whatever is under way. */
  exit(code: number): void
}

/** The real process. */
export function processIo(): Io {
  return {
    // Opened by whoever asks: most commands read nothing.
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    currentFolder: process.cwd(),
    configFolder: envPaths('ferrygram', { suffix: '' }).config,
    onSignal(listener) {
      const onInterrupt = () => listener('SIGINT')
      const onTerminate = () => listener('SIGTERM')
      process.on('SIGINT', onInterrupt)
      process.on('SIGTERM', onTerminate)
      return () => {
        process.off('SIGINT', onInterrupt)
        process.off('SIGTERM', onTerminate)
      }
    },
    exit: (code) => process.exit(code),
  }
}
