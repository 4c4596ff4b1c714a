/** Bytes that JSON readers disagree on. `reads`: documented as read; others are refused. */
export interface JsonTrap {
  readonly name: string
  readonly bytes: Uint8Array
  readonly reads: boolean
}

const text = (name: string, written: string, reads = false): JsonTrap => ({
  name,
  bytes: new TextEncoder().encode(written),
  reads,
})
const raw = (name: string, bytes: Uint8Array): JsonTrap => ({ name, bytes, reads: false })

/** A connection whose `config` holds what is asked, in a place for any JSON. */
const holding = (json: string): string =>
  `{"kind":"connection","version":1,"name":"x","connector":"files","config":{"a":${json}}}`

export const jsonTraps: readonly JsonTrap[] = [
  text('a duplicate key', '{"kind":"segment","kind":"connection","version":1,"name":"x"}'),
  text('a duplicate key by an escape', '{"kind":"segment","ki\\u006ed":"connection","version":1,"name":"x"}'),
  text('a duplicate key further inside', holding('{"b":1,"b":2}')),
  text('a prototype key', holding('{"__proto__":{"polluted":true}}')),
  text('a prototype key by an escape', holding('{"\\u005f_proto__":{"polluted":true}}')),
  text('a prototype key on top', '{"__proto__":{"polluted":true},"kind":"segment"}'),
  text('a key named constructor', holding('{"constructor":{"prototype":{"polluted":1}}}'), true),
  text('a number beyond 2^53', holding('9007199254740993')),
  text('a number below -2^53', holding('-9007199254740993')),
  text('a number that overflows', holding('1e400')),
  text('a number that overflows below', holding('-1e400')),
  text('a long id as text', holding('"9007199254740993"'), true),
  text('the largest safe number', holding('9007199254740991'), true),
  text('minus zero', holding('-0'), true),
  text('a leading zero', holding('007')),
  text('a leading plus', holding('+1')),
  text('a leading point', holding('.5')),
  text('a hexadecimal number', holding('0x10')),
  text('not a number', holding('NaN')),
  text('infinity', holding('Infinity')),
  text('a comment', `/* */${holding('1')}`),
  text('a line comment', `${holding('1')} // end`),
  text('a trailing comma', holding('[1,]')),
  text('a missing value', holding('[1,,2]')),
  text('single quotes', holding("'x'")),
  text('a key without quotes', '{kind:"segment"}'),
  text('a line break in a text', holding('"a\nb"')),
  text('a tab in a text', holding('"a\tb"')),
  text('an unknown escape', holding('"\\x41"')),
  text('two documents', `${holding('1')}${holding('2')}`),
  text('text after the end', `${holding('1')}x`),
  text('nothing', ''),
  text('white space only', ' \n'),
  text('a space that JSON has not', `\u00a0${holding('1')}`),
  text('a form feed between tokens', holding('\f1')),
  text('unclosed', '{"kind":"segment"'),
  text('a word of another language', holding('undefined')),
  text('a capital literal', holding('True')),
  raw('a byte-order mark', new Uint8Array([0xef, 0xbb, 0xbf, ...new TextEncoder().encode(holding('1'))])),
  raw('UTF-16, little end first', new Uint8Array(Buffer.from(`\ufeff${holding('1')}`, 'utf16le'))),
  raw('UTF-16 without a mark', new Uint8Array(Buffer.from(holding('1'), 'utf16le'))),
  raw('UTF-16, big end first', new Uint8Array(Buffer.from(`\ufeff${holding('1')}`, 'utf16le').swap16())),
  raw(
    'UTF-32',
    new Uint8Array([...new TextEncoder().encode(holding('1'))].flatMap((byte) => [0, 0, 0, byte])),
  ),
  raw('bytes that are no UTF-8', new Uint8Array([...new TextEncoder().encode('{"a":"'), 0xff, 0x22, 0x7d])),
  raw('an overlong slash', new Uint8Array([...new TextEncoder().encode('{"a":"'), 0xc0, 0xaf, 0x22, 0x7d])),
  raw(
    'a lone half of a pair, in bytes',
    new Uint8Array([...new TextEncoder().encode('{"a":"'), 0xed, 0xa0, 0x80, 0x22, 0x7d]),
  ),
]
