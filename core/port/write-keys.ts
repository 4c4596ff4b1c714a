/** A key that clients send events with, without the key itself. */
export interface WriteKey {
  /** Names it in lists and to `revokeWriteKey`: the first 12 hexadecimal digits of its digest. */
  readonly id: string
  /** What sends with it: "website", "ios-app". Keys of one name are one source: events are told apart by it. */
  readonly source: string
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly createdBy: string
  /** When it ends or ended; null: nobody ended it. */
  readonly revokedAt: number | null
}

/** Write keys by the SHA-256 of each, in lower-case hexadecimal. */
export interface WriteKeys {
  addWriteKey(digest: string, key: Omit<WriteKey, 'id' | 'revokedAt'>): Promise<WriteKey>
  /** All of them, revoked ones included, oldest first. */
  writeKeys(): Promise<WriteKey[]>
  /** Digests of the keys in force at an instant, and the source of each. */
  writeKeySources(at: number): Promise<ReadonlyMap<string, string>>
  /** Ends a key at an instant, which may lie ahead. False when no key of this id is in force then. */
  revokeWriteKey(id: string, at: number): Promise<boolean>
}
