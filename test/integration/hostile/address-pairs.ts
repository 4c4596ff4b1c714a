/** Two ways of writing an address. */
export interface AddressPair {
  readonly one: string
  readonly other: string
  /** True: one mailbox. */
  readonly same: boolean
  /** True: two mailboxes that the eye does not tell apart. */
  readonly flagged: boolean
}

const same = (one: string, other: string): AddressPair => ({ one, other, same: true, flagged: false })
const alike = (one: string, other: string): AddressPair => ({ one, other, same: false, flagged: true })
const apart = (one: string, other: string): AddressPair => ({ one, other, same: false, flagged: false })

const at = (name: string): string => `${name}@shop.example.com`
const on = (domain: string): string => `ada@${domain}.example.com`

const accents = [
  'rené',
  'andré',
  'chloë',
  'zoë',
  'noël',
  'jürgen',
  'françois',
  'peña',
  'åsa',
  'dvořák',
  'nguyễn',
  'αθηνά',
  'ёлка',
]
/** Letters of Cyrillic and Greek that are drawn as a Latin one, with it. */
const drawnAlike = [
  ['а', 'a'],
  ['е', 'e'],
  ['о', 'o'],
  ['р', 'p'],
  ['с', 'c'],
  ['у', 'y'],
  ['х', 'x'],
  ['і', 'i'],
  ['ѕ', 's'],
  ['ј', 'j'],
  ['ο', 'o'],
  ['ν', 'v'],
] as const

export const addressPairs: readonly AddressPair[] = [
  // Composed and decomposed, in the name and in the domain.
  ...accents.map((name) => same(at(name.normalize('NFC')), at(name.normalize('NFD')))),
  ...accents.map((name) => same(on(name.normalize('NFC')), on(name.normalize('NFD')))),
  // Case.
  ...['Ada', 'ADA', 'aDa', 'Ada.Lovelace'].map((name) => same(at(name), at(name.toLowerCase()))),
  ...['RENÉ', 'ÅSA', 'ΑΘΗΝΆ', 'ЁЛКА'].map((name) => same(at(name), at(name.toLowerCase()))),
  ...['Shop', 'BÜCHER', 'ÉCOLE'].map((domain) => same(on(domain), on(domain.toLowerCase()))),
  // Full-width letters, as keyboards of East Asia write them.
  same(at('ａｄａ'), at('ada')),
  same('ada＠shop.example.com', at('ada')),
  same('ada@ｓｈｏｐ.example.com', at('ada')),
  same('ada@shop．example．com', at('ada')),
  same(at('ＡＤＡ１'), at('ada1')),
  // What is copied along and seen by nobody.
  ...['\u200b', '\u200e', '\u00ad', '\u2060', '\ufeff', '\u202a'].flatMap((mark) => [
    same(at(`ad${mark}a`), at('ada')),
    same(`${mark}${at('ada')}${mark}`, at('ada')),
  ]),
  same(`  ${at('ada')}\u00a0`, at('ada')),
  // Internationalised domains and what they are written as.
  same(on('bücher'), on('xn--bcher-kva')),
  same(on('BÜCHER'), on('xn--bcher-kva')),
  same(on('例え'), on('xn--r8jz45g')),
  same(on('пример'), on('xn--e1afmkfd')),
  same(on('straße'), on('xn--strae-oqa')),
  // Letters of another alphabet that look the same: two people until somebody says otherwise.
  ...drawnAlike.map(([foreign, latin]) => alike(at(`ad${foreign}m`), at(`ad${latin}m`))),
  ...drawnAlike.slice(0, 6).map(([foreign, latin]) => alike(on(`sh${foreign}p`), on(`sh${latin}p`))),
  alike(at('аdа'), at('ada')),
  alike(at('раураl'), at('paypal')),
  alike(at('b0b'), at('bob')),
  alike(at('anna1'), at('annal')),
  alike(at('rnary'), at('mary')),
  alike('ada@xn--ggle-55da.example.com', 'ada@google.example.com'),
  // Letters that one alphabet writes apart: nobody's rule makes them one.
  apart(at('rené'), at('rene')),
  apart(at('jürgen'), at('juergen')),
  apart(at('müller'), at('muller')),
  apart(at('strauß'), at('strauss')),
  apart(on('straße'), on('strasse')),
  apart(at('ıda'), at('ida')),
  apart(at('søren'), at('soren')),
  apart(at('łukasz'), at('lukasz')),
  apart(at('æva'), at('aeva')),
  apart(at('ﬁona'), at('filip')),
  apart(at('ñandu'), at('nandu')),
  apart(at('ğul'), at('gul')),
  apart(at('ada.b'), at('adab')),
  apart(at('ada+1'), at('ada')),
  apart(at('ada'), 'ada@shop.example.org'),
  apart(at('👩‍💻'), at('👩💻')),
]
