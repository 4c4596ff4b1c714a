import { createHash } from 'node:crypto'
import type { TextDigest } from '../../core/audit/chain.ts'

/** SHA-256 of the text's UTF-8 bytes, lower-case hexadecimal. */
export const sha256: TextDigest = (text) => createHash('sha256').update(text, 'utf8').digest('hex')
