import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readXml, type XmlElement } from '../../../../../connectors/salesforce/xml/read-xml.ts'
import { escapeXml } from '../../../../../connectors/salesforce/xml/xml-text.ts'

const limits = { bytes: 10_000, elements: 100, depth: 5 }
const read = (text: string): XmlElement | undefined => readXml(new TextEncoder().encode(text), limits)

describe('readXml', () => {
  it('reads elements, attributes, text and comments', () => {
    const text = `\uFEFF<?xml version="1.0" encoding="UTF-8"?>
<!-- first -->
<a:b one="1" two='"'><c/>te&amp;xt&#233;&#x41;<d><e>x</e></d></a:b>\n`
    expect(read(text)).toEqual({
      name: 'a:b',
      attributes: { one: '1', two: '"' },
      text: 'te&xtéA',
      children: [
        { name: 'c', attributes: {}, children: [], text: '' },
        {
          name: 'd',
          attributes: {},
          children: [{ name: 'e', attributes: {}, children: [], text: 'x' }],
          text: '',
        },
      ],
    })
  })

  it.each([
    ['nothing', ''],
    ['text alone', 'hello'],
    ['two roots', '<a/><b/>'],
    ['text after the root', '<a/>x'],
    ['an open element', '<a><b></b>'],
    ['a wrong closing tag', '<a></b>'],
    ['a closing tag too many', '<a/></a>'],
    ['overlapping elements', '<a><b></a></b>'],
    ['a document type', '<!DOCTYPE a><a/>'],
    ['an entity of its own', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['an external entity', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['a lone ampersand', '<a>b & c</a>'],
    ['CDATA', '<a><![CDATA[x]]></a>'],
    ['a processing instruction', '<a><?php x ?></a>'],
    ['an XML declaration in the middle', '<a/><?xml version="1.0"?>'],
    ['another encoding', '<?xml version="1.0" encoding="UTF-16"?><a/>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['an attribute without quotes', '<a b=1/>'],
    ['an attribute with a tag in it', '<a b="<"/>'],
    ['a null character', '<a>&#0;</a>'],
    ['a surrogate', '<a>&#xD800;</a>'],
    ['a character beyond Unicode', '<a>&#x110000;</a>'],
    ['a control character', '<a>\u0007</a>'],
    ['a double hyphen in a comment', '<a><!-- x -- y --></a>'],
    ['a name that begins with a digit', '<1a/>'],
  ])('refuses %s', (_what, text) => {
    expect(read(text)).toBeUndefined()
  })

  it('refuses what is too long, too many or too deep', () => {
    expect(read(`<a>${'x'.repeat(10_000)}</a>`)).toBeUndefined()
    expect(read(`<a>${'<b/>'.repeat(100)}</a>`)).toBeUndefined()
    expect(read(`<a>${'<b/>'.repeat(99)}</a>`)).toBeDefined()
    expect(read('<a><a><a><a><a/></a></a></a></a>')).toBeDefined()
    expect(read('<a><a><a><a><a><a></a></a></a></a></a></a>')).toBeUndefined()
  })

  it('refuses bytes that are no UTF-8', () => {
    expect(readXml(new Uint8Array([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]), limits)).toBeUndefined()
  })

  it('gives back every text that was escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => {
        expect(read(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`)).toMatchObject({
          text,
          attributes: { b: text },
        })
      }),
    )
  })

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('<a>', '</a>', '<a', '/>', '&', ';', '"', '=', '<!--', '-->', '<!', 'x', ' '),
          {
            maxLength: 30,
          },
        ),
        (parts) => {
          expect(() => read(parts.join(''))).not.toThrow()
        },
      ),
    )
  })
})
