import { describe, expect, it } from 'vitest'
import { replaceCardPart } from '../../support/card-part.ts'

describe('the parts of the report card', () => {
  it('begin a card that is not there yet, whichever comes first', () => {
    expect(replaceCardPart('', 'ordinary', 'checks')).toBe('# Report card\n\nchecks\n')
    expect(replaceCardPart('', 'soak', 'long')).toBe('## At full size\n\nlong\n')
    expect(replaceCardPart('## At full size\n\nlong\n', 'ordinary', 'checks')).toBe(
      '# Report card\n\nchecks\n\n## At full size\n\nlong\n',
    )
  })

  it('are each written anew beside the other, which stays as it is', () => {
    const card = '# Report card\n\nold checks\n\n## At full size\n\nold long\n'
    expect(replaceCardPart(card, 'ordinary', 'checks')).toBe(
      '# Report card\n\nchecks\n\n## At full size\n\nold long\n',
    )
    expect(replaceCardPart(card, 'soak', 'long')).toBe(
      '# Report card\n\nold checks\n\n## At full size\n\nlong\n',
    )
  })

  it('keep the card as it is when nothing changed, as often as it is written', () => {
    const card = replaceCardPart(replaceCardPart('', 'ordinary', 'checks'), 'soak', 'long')
    expect(replaceCardPart(replaceCardPart(card, 'soak', 'long'), 'ordinary', 'checks')).toBe(card)
  })
})
