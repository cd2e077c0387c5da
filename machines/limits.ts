/** Every timeout, size and bound of the protocol, unit last, each with when it applies. */

/** When to repeat a hello that has not been answered: soon, so many times, it may have been lost. */
export const HELLO_SOON_MS = 100
export const HELLO_SOON_REPEATS = 5
/** When to repeat it from then on. */
export const HELLO_REPEAT_MS = 250
/** When a round trip was not measured, or only with hellos repeated: RFC 9002 kInitialRtt. */
export const RTT_MS_ASSUMED = 333
/** When to give up on an answer to hello. */
export const ANSWER_MS_MAX = 9_500
/** When to believe a plain refusal, or that nothing listens, if no welcome came meanwhile. */
export const DOUBT_MS = 1_000
/** When a session that was heard listens for the next burst; not at each, which would cost. */
export const LIVELY_MS = 250
/** When a session that hears nothing starts to suspect its peer. */
export const QUIET_MS = 1_500
/** When a quiet session is idle and reconnects: this long, or this many round trips. */
export const IDLE_MS_MIN = 1_500
export const IDLE_ROUND_TRIPS = 8
/** When to try again after a reconnect that came to nothing. */
export const RECONNECT_REST_MS = 500
/** When an idle session gives up reconnecting, unless told otherwise. */
export const PATIENCE_MS = 60_000
/** When a draining server gives up a quiet client: by then it would say hello to no avail. */
export const DRAIN_PATIENCE_MS = 5_000
/** When a server forgets a client that never proved its address, or no longer asks for its turn. */
export const PROOF_MS_MAX = 10_000
/** When to repeat a proof that nothing confirmed. */
export const PROOF_REPEAT_MS = 100
/** When to ask again of a server that takes its time. */
export const ASK_REPEAT_MS = 250
/** When one read or write of the disk has hung. */
export const DISK_MS_MAX = 60_000
/** When looking at all files of a batch has hung. */
export const LOOK_MS_MAX = 600_000
/** When hashing a whole file has hung: a day, for the largest file on the slowest disk. */
export const HASH_MS_MAX = 86_400_000
/** When making a whole file durable has hung. */
export const COMMIT_MS_MAX = 300_000
/** When to ask again for a last word that has not come. */
export const CONFIRM_REPEAT_MS = 100
/** When to say a last word again unasked, since it may be lost: first, doubling each time. */
export const LAST_WORD_REPEAT_MS = 25
export const LAST_WORD_REPEATS_MAX = 4
/** When a finished side stops repeating its last word. */
export const LINGER_MS = 2_000
/** When to say again how many sessions an exit waits for. */
export const DRAINING_REPEAT_MS = 500
/** When opening a server's socket has hung. */
export const BIND_MS_MAX = 10_000
/** When a draining server stops waiting for sessions that do not end. */
export const DRAIN_MS_MAX = 3_600_000
/** When a client that heard `draining` takes silence for the server's end. */
export const EXIT_SILENCE_MS = 3_000

/** When to cut a file into records: each holds this much, the last what is left. */
export const RECORD_BYTES = 60 * 1024
/** When to size a sealed record or control: what sealing adds (the AES-GCM tag). */
export const SEAL_BYTES = 16
/** When to size any datagram: a hello is padded to it, and no path carries less. */
export const DATAGRAM_BYTES_MIN = 1_200
/** When to look for a larger datagram: the sizes tried, one after the other (RFC 8899 §5.3.2). */
export const DATAGRAM_BYTES_STEPS = [DATAGRAM_BYTES_MIN, 1_400, 1_472, 8_972] as const
/** When to take a size for too large: probes of it that were lost. */
export const SIZE_PROBES_MAX = 3
/** When to look for larger datagrams again, after a size that had worked went black. */
export const CLIMB_AGAIN_MS = 5_000
/** When to size any datagram: the largest UDP payload over IPv4. */
export const DATAGRAM_BYTES_MAX = 65_507
/** When to count the plain header of a data datagram. PROTOCOL "Data". */
export const DATA_HEADER_BYTES = 27
/** When to begin sending: datagrams under way before anything was acknowledged. */
export const INITIAL_DATAGRAMS = 32
/** When to grant a window: records a receiver holds at most in memory. */
export const WINDOW_RECORDS = 512
/** When a server's pool is used up: records that every session gets all the same. */
export const WINDOW_RECORDS_MIN = 8
/** When to carve windows: records that all sessions of a server share. */
export const POOL_RECORDS = 4_096
/** When to have a session wait for its turn: this many begin at once, at first and at least. */
export const TURNS_INITIAL = 16
export const TURNS_MIN = 4
/** When more may begin at once: one that began lost no more than this share of its packets. */
export const TURNS_GROW_SHARE = 1 / 16
/** When fewer are to begin at once: one lost more than this. */
export const TURNS_CUT_SHARE = 1 / 8
/** When a session has had its turn, however much it has left to move. */
export const TURN_MS = 500
/** When a client that waits for its turn asks whether it is still in line. */
export const QUEUED_REPEAT_MS = 1_000
/** When to read: records sealed ahead of what is being sent. */
export const READ_AHEAD_RECORDS = 32
/** When to send a status that could wait for company, at the latest. */
export const STATUS_DELAY_MS_MAX = 100
/** When to say a status again that brought no progress: first, doubling up to the second. */
export const STATUS_REPEAT_MS = 10
export const STATUS_REPEAT_MS_MAX = 1_000
/** When to bound what an unproved address may be sent: this many times what it sent. */
export const AMPLIFICATION_MAX = 3
/** When to challenge an address that the client may have moved to: random bytes it must echo. */
export const MOVE_TOKEN_BYTES = 8
/** When a client that was challenged takes its path for another one again. */
export const MOVE_AGAIN_MS = 10_000
/** When to write a status: packet ranges it carries at most, newest kept. */
export const STATUS_PACKET_RANGES_MAX = 160
/** When to write a status: opened ranges it carries at most, lowest kept. */
export const STATUS_OPENED_RANGES_MAX = 64
/** When to write a status: rejected records it carries at most, lowest kept. */
export const STATUS_REJECTED_MAX = 16
/** When to write a status: records of which it names missing blocks at most, lowest kept. */
export const STATUS_MISSING_MAX = 16
/** When to compare a record that failed to open: what one digest covers, the last what is left. */
export const DIGEST_BLOCK_BYTES = 1_024
/** When to send a digest: leading bytes of a SHA-256. */
export const DIGEST_BYTES = 8
/** When to accept a name from the other side: UTF-8 bytes of one part. */
export const NAME_BYTES_MAX = 255
/** When to accept a path from the other side: UTF-8 bytes in all. */
export const PATH_BYTES_MAX = 700
/** When to accept the words of a failure from the other side: UTF-8 bytes of one text. */
export const TEXT_BYTES_MAX = 200
/** When to accept a file: sessions number at most 2³² records. */
export const RECORDS_MAX = 2 ** 32
/** When to accept a list: bytes of its manifest at most. */
export const MANIFEST_BYTES_MAX = 64 * 1024 * 1024
/** When to accept a batch: files that one session moves at most. */
export const ENTRIES_MAX = 100_000
/** When to tell what became of a batch: runs of entries in one control at most. */
export const RESULT_RUNS_MAX = 16
/** When to tell of entries that will not come: controls said at once at most, lowest first. */
export const WITHDRAWALS_MAX = 16
/** When to move a batch: files that are being opened, read or stored at once at most. */
export const OPEN_FILES_MAX = 16
/** When to hold bursts that arrive before the side that takes them is ready. */
export const HELD_BURSTS_MAX = 64
/** When to refuse another session at one server. */
export const SESSIONS_MAX = 1_000
/** When to collect what an interrupted transfer left: its part and journal, idle for this long. */
export const PART_DAYS_MAX = 7
/** When to sync a file that is being received and journal its records: bytes since the last time. */
export const UNSYNCED_BYTES_MAX = 16 * 1024 * 1024
/** When to write records that lie side by side in one go: bytes at most. */
export const WRITE_BATCH_BYTES = 1024 * 1024
/** When to look while reading whether the source has changed: bytes since the last time. */
export const UNCHECKED_BYTES_MAX = 16 * 1024 * 1024
/** When to write a journal: ranges of records it carries at most, lowest kept. */
export const JOURNAL_RANGES_MAX = 4_096
