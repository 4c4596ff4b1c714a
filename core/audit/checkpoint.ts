import { canonicalJson } from './canonical-json.ts'
import type { ChainHead } from './chain.ts'

/** Where the audit chain ended at an instant, signed: kept in a place that whoever runs the store cannot rewrite. */
export interface AuditCheckpoint extends ChainHead {
  /** Epoch milliseconds. */
  readonly at: number
  /** The public key (Ed25519, 32 bytes) in base64. */
  readonly key: string
  /** Ed25519 (RFC 8032) over `checkpointText`, in base64. */
  readonly signature: string
}

/** What the signature covers. Its first word keeps it apart from anything else that the same key may ever sign. */
export const checkpointText = ({ number, hash, at, key }: Omit<AuditCheckpoint, 'signature'>): string =>
  `affluent audit checkpoint\n${canonicalJson({ number, hash, at, key })}`
