const line = '\r\n'

/** Requests that a proxy and a server may read differently, each with another request hidden behind or inside of it. */
export function ambiguousRequests(hidden: string): readonly (readonly [string, string])[] {
  const size = hidden.length
  const post = (headers: readonly string[], body = hidden): string =>
    ['POST /livez HTTP/1.1', 'Host: 127.0.0.1', ...headers, '', body].join(line)
  const chunked = `0${line}${line}${hidden}`
  const lengths = [
    ['two lengths', ['Content-Length: 0', `Content-Length: ${size}`]],
    ['two lengths in one', [`Content-Length: 0, ${size}`]],
    ['the same length twice in one', [`Content-Length: ${size}, ${size}`]],
    ['a length with a plus', [`Content-Length: +${size}`]],
    ['a negative length', ['Content-Length: -1']],
    ['a length in hexadecimal', [`Content-Length: 0x${size.toString(16)}`]],
    ['a length with a space inside', ['Content-Length: 1 0']],
    ['a length beyond all numbers', ['Content-Length: 99999999999999999999']],
    ['an empty length', ['Content-Length: ']],
    ['a length with a space before the colon', [`Content-Length : ${size}`]],
    ['a folded length', ['Content-Length:', ` ${size}`]],
  ] as const
  const codings = [
    ['a length and chunks', ['Content-Length: 4', 'Transfer-Encoding: chunked']],
    ['chunks and a length', ['Transfer-Encoding: chunked', `Content-Length: ${size}`]],
    ['chunks with a space before the colon', ['Transfer-Encoding : chunked']],
    ['chunks that are not the last coding', ['Transfer-Encoding: chunked, identity']],
    ['an unknown coding', ['Transfer-Encoding: xchunked']],
    ['chunks in quotes', ['Transfer-Encoding: "chunked"']],
    ['two codings', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity']],
    ['chunks with a vertical tab', ['Transfer-Encoding: \u000bchunked']],
    ['a folded coding', ['Transfer-Encoding:', ' chunked', 'Content-Length: 4']],
    ['chunks behind a bare line feed', ['X: y\nTransfer-Encoding: chunked']],
    ['chunks behind a bare carriage return', ['X: y\rTransfer-Encoding: chunked', 'Content-Length: 4']],
  ] as const
  const chunks = [
    ['a chunk size in another notation', `0x0${line}${line}${hidden}`],
    ['a negative chunk size', `-1${line}${hidden}`],
    ['a chunk size that overflows', `10000000000000000${line}${hidden}`],
    ['a chunk that is longer than it says', `1${line}ab${line}0${line}${line}${hidden}`],
    ['a chunk that ends in a bare line feed', `1\na\n0\n\n${hidden}`],
    ['a chunk extension with a line feed', `1;a\nb${line}x${line}0${line}${line}${hidden}`],
  ] as const
  const starts = [
    ['no host', `GET /livez HTTP/1.1${line}${line}`],
    ['two hosts', `GET /livez HTTP/1.1${line}Host: 127.0.0.1${line}Host: attacker.example${line}${line}`],
    ['a host that is a list', `GET /livez HTTP/1.1${line}Host: 127.0.0.1, attacker.example${line}${line}`],
    [
      'a host with a name in front',
      `GET /livez HTTP/1.1${line}Host: 127.0.0.1@attacker.example${line}${line}`,
    ],
    ['a host with a path', `GET /livez HTTP/1.1${line}Host: 127.0.0.1/attacker${line}${line}`],
    ['an empty host', `GET /livez HTTP/1.1${line}Host:${line}${line}`],
    ['a whole address', `GET http://attacker.example/livez HTTP/1.1${line}Host: 127.0.0.1${line}${line}`],
    ['a tunnel', `CONNECT 169.254.169.254:80 HTTP/1.1${line}Host: 127.0.0.1${line}${line}`],
    ['an old version', `GET /livez${line}${line}`],
    ['another version', `GET /livez HTTP/1.2${line}Host: 127.0.0.1${line}${line}`],
    ['the beginning of HTTP/2', `PRI * HTTP/2.0${line}${line}SM${line}${line}`],
    ['a zero byte in a header', `GET /livez HTTP/1.1${line}Host: 127.0.0.1${line}X: a\u0000b${line}${line}`],
    ['a zero byte in the address', `GET /livez\u0000 HTTP/1.1${line}Host: 127.0.0.1${line}${line}`],
    ['a header without a name', `GET /livez HTTP/1.1${line}Host: 127.0.0.1${line}: x${line}${line}`],
    ['a space before the first header', `GET /livez HTTP/1.1${line} Host: 127.0.0.1${line}${line}`],
    ['a space in the address', `GET /livez /v1/runs HTTP/1.1${line}Host: 127.0.0.1${line}${line}`],
  ] as const
  return [
    ...lengths.map(([name, headers]) => [name, post(headers)] as const),
    ...codings.map(([name, headers]) => [name, post(headers, chunked)] as const),
    ...chunks.map(([name, body]) => [name, post(['Transfer-Encoding: chunked'], body)] as const),
    ...starts.map(([name, start]) => [name, `${start}${name.includes('host') ? '' : hidden}`] as const),
  ]
}
