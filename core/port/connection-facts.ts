/** What the control store knows of a connection beside its runs. */
interface ConnectionFacts {
  /** When the access in use was given or renewed, epoch milliseconds; null: the connection has none of its own. */
  readonly accessSince: number | null
  /** Who put the connection into force, as the audit log names them. */
  readonly owner: string | null
}

export interface ConnectionFactsBook {
  connectionFacts(connection: string): Promise<ConnectionFacts>
}
