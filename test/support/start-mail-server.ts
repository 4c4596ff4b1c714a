import { createServer } from 'node:net'

export interface MailServer {
  readonly url: string
  /** Messages with their heads, lines ended by "\n". */
  readonly received: string[]
  close(): Promise<void>
}

/** The least of SMTP (RFC 5321) that takes a message. */
export async function startMailServer(): Promise<MailServer> {
  const received: string[] = []
  const server = createServer((socket) => {
    let message: string | undefined
    socket.setEncoding('utf8')
    socket.write('220 mail\r\n')
    socket.on('data', (text: string) => {
      for (const line of text.split('\r\n').slice(0, -1)) {
        if (message !== undefined) {
          if (line !== '.') message += `${line}\n`
          else {
            received.push(message)
            message = undefined
            socket.write('250 taken\r\n')
          }
        } else if (line === 'DATA') {
          message = ''
          socket.write('354 go on\r\n')
        } else if (line === 'QUIT') socket.end('221 bye\r\n')
        else socket.write(line.startsWith('AUTH') ? '235 welcome\r\n' : '250 ok\r\n')
      }
    })
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `smtp://127.0.0.1:${port}/?ignoreTLS=true`,
    received,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
