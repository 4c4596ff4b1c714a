import { readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { judgeAddress } from '../../core/network/judge-address.ts'
import { parseAddress } from '../../core/network/parse-address.ts'
import { writeDurably } from '../store/write-durably.ts'

/** A proxy nearby that passes requests on, and that nobody named. */
const noteSchema = z.object({ address: z.string() })

/**
 * Keeps the address of a proxy that is not trusted in a file, for `doctor`: everybody behind it shares one address and one limit of guesses. Written
 * once for each address; for none of the public internet, where anybody can send the header. What an earlier start wrote is removed.
 */
export function createProxyWatch(file: string): (request: Pick<IncomingMessage, 'socket'>) => void {
  rmSync(file, { force: true })
  const noted = new Set<string>()
  return ({ socket }) => {
    const address = parseAddress(socket.remoteAddress)
    if (address === undefined || noted.has(address) || judgeAddress(address) !== 'private') return
    noted.add(address)
    try {
      writeDurably(file, `${JSON.stringify({ address })}\n`)
    } catch {
      // A request is answered whether or not there is room for a note about its way here; the disk is a finding of its own.
      noted.delete(address)
    }
  }
}

/** The address that was kept last; undefined when none was. */
export function readProxyNote(file: string): string | undefined {
  try {
    return parseAddress(noteSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).address)
  } catch {
    return undefined
  }
}
