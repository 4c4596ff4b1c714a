import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { ChainHead } from '../../core/audit/chain.ts'
import { checkpointText, type AuditCheckpoint } from '../../core/audit/checkpoint.ts'

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 and in SubjectPublicKeyInfo (RFC 8410 §7 and §4). */
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** Signs checkpoints of one hub. */
export interface CheckpointSigner {
  /** The public key in base64: what auditors keep to tell this hub's checkpoints from forged ones. */
  readonly publicKey: string
  sign(head: ChainHead, at: number): AuditCheckpoint
}

/** `seed`: 32 secret bytes, the same at each start. */
export function createCheckpointSigner(seed: Uint8Array): CheckpointSigner {
  const privateKey = createPrivateKey({
    key: Buffer.concat([privatePrefix, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const exported = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const key = exported.subarray(publicPrefix.length).toString('base64')
  return {
    publicKey: key,
    sign({ number, hash }, at) {
      const unsigned = { number, hash, at, key }
      const signature = sign(null, Buffer.from(checkpointText(unsigned)), privateKey).toString('base64')
      return { ...unsigned, signature }
    },
  }
}

/** True when the checkpoint was signed with the key that it names. */
export function isSigned({ signature, ...unsigned }: AuditCheckpoint): boolean {
  const bytes = Buffer.from(unsigned.key, 'base64')
  if (bytes.length !== 32) return false
  const publicKey = createPublicKey({
    key: Buffer.concat([publicPrefix, bytes]),
    format: 'der',
    type: 'spki',
  })
  return verify(null, Buffer.from(checkpointText(unsigned)), publicKey, Buffer.from(signature, 'base64'))
}
