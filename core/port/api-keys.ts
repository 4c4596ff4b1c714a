import type { AuditFact } from '../audit/audit-entry.ts'

/** A key that programs call the API with, without the key itself. Instants are epoch milliseconds. */
export interface ApiKey {
  /** Names it in lists: the first 12 hexadecimal digits of its digest. */
  readonly id: string
  /** Never given twice: the audit log names keys by it. */
  readonly name: string
  readonly scopes: readonly string[]
  readonly createdAt: number
  /** Actor: "user:Ada". */
  readonly createdBy: string
  readonly expiresAt: number
  /** To the minute; null before the first use. */
  readonly usedAt: number | null
  /** Null while it is in force. */
  readonly revokedAt: number | null
}

/** API keys by the SHA-256 of each, in lower-case hexadecimal. */
export interface ApiKeys {
  /** Oldest first, ended ones included. */
  apiKeys(): Promise<ApiKey[]>
  apiKey(digest: string): Promise<ApiKey | undefined>
  /** False when the name was given before. */
  addApiKey(digest: string, key: ApiKey, fact: AuditFact): Promise<boolean>
  touchApiKey(id: string, usedAt: number): Promise<void>
  /** False when no key in force has this id. */
  revokeApiKey(id: string, at: number, fact: AuditFact): Promise<boolean>
}
