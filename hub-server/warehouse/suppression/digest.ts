import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { DuckDBBlobValue, type DuckDBValue } from '@duckdb/node-api'

/** HMAC-SHA256 works on blocks of 64 bytes; RFC 2104 §2 fixes the two pads. */
const blockBytes = 64
const innerPad = 0x36
const outerPad = 0x5c

/** Between kind and value: ASCII's unit separator, which no normalised identifier holds. */
const separator = '\u001f'

/**
 * As many as a column of INTEGER tells apart: with a million values remembered, one in two thousand others shares a bucket with one of
 * them and has to be looked at.
 */
const buckets = 2 ** 31

/** As many as there were at first: a remainder by it is what earlier rows hold, and enough where few values are remembered. */
export const coarseBuckets = 1 << 20

/** Hands a value to the statement as a bound parameter and returns its placeholder. */
type BindValue = (value: DuckDBValue) => string

/**
 * What an identifier is remembered by when it must be recognised without being kept. Equal (kind, normalised value) pairs have equal
 * digests under one key; without the key nobody can try out which addresses are meant.
 */
export interface IdentifierDigest {
  /** HMAC-SHA256 of kind and normalised value, 64 hexadecimal digits. */
  readonly of: (kind: string, value: string) => string
  /** The same as SQL over two VARCHAR expressions; the key's pads are bound. Null when one of them is. */
  readonly sql: (kind: string, value: string, bind: BindValue) => string
  /**
   * A number below 2^31 that equal pairs share: cheap in SQL, to leave out nearly all rows before digests are made. Salted by
   * the key.
   */
  readonly bucketOf: (kind: string, value: string) => number
  readonly bucketSql: (kind: string, value: string, bind: BindValue) => string
}

/** Keys are derived from the hub's secret key (HKDF, RFC 5869), so that no digest tells anything of what else it seals. */
export function createIdentifierDigest(secretKey: Uint8Array): IdentifierDigest {
  const key = derive(secretKey, 'affluent identifier digest 1')
  const salt = derive(secretKey, 'affluent identifier bucket 1').toString('hex')
  const inner = toPad(key, innerPad)
  const outer = toPad(key, outerPad)
  return {
    of: (kind, value) => createHmac('sha256', key).update(`${kind}${separator}${value}`).digest('hex'),
    sql: (kind, value, bind) =>
      `sha256(${bind(outer)}::BLOB || unhex(sha256(${bind(inner)}::BLOB || encode(${kind} || chr(31) || ${value}))))`,
    bucketOf: (kind, value) =>
      Number(
        createHash('md5').update(`${salt}${kind}${separator}${value}`).digest().readBigUInt64LE(8) %
          BigInt(buckets),
      ),
    bucketSql: (kind, value, bind) =>
      `(md5_number_lower(${bind(salt)} || ${kind} || chr(31) || ${value}) % ${buckets})::INTEGER`,
  }
}

const derive = (secretKey: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secretKey, '', purpose, 32))

function toPad(key: Buffer, byte: number): DuckDBBlobValue {
  const pad = Buffer.alloc(blockBytes, byte)
  for (const [index, part] of key.entries()) pad[index] = part ^ byte
  return new DuckDBBlobValue(pad)
}
