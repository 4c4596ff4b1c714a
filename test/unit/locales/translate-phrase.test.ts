import { describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { parseRuleText } from '../../../core/segment/text/parse-rule-text.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'

const { phrase, error } = createTranslator('fr')

function faultOf(text: string): AffluentError {
  try {
    parseRuleText(text)
  } catch (thrown) {
    if (thrown instanceof AffluentError) return thrown
  }
  throw new Error(`no fault in ${text}`)
}

describe('the words of a connector in French', () => {
  it('are found whole, and with the things that they name', () => {
    expect(phrase('the token is valid')).toBe('le jeton est valide')
    expect(phrase('The row has more than 10 keys.')).toBe('La ligne a plus de 10 clés.')
    expect(phrase('Grant createable on CampaignMember in the permission set of the integration user.')).toBe(
      'Accordez createable sur CampaignMember dans l’ensemble d’autorisations de l’utilisateur d’intégration.',
    )
  })

  it('take what they name as it is, signs of patterns and placeholders included', () => {
    expect(phrase('Not usable: $& {{1}} (.*).')).toBe('Inutilisable\u00A0: $& {{1}} (.*).')
  })

  it('stay as the platform said them where they are not ours', () => {
    expect(phrase('(#100) Invalid parameter')).toBe('(#100) Invalid parameter')
    expect(phrase('x'.repeat(5000))).toHaveLength(5000)
    expect(createTranslator('en').phrase('the token is valid')).toBe('the token is valid')
  })

  it('stand in the errors that carry them', () => {
    const params = { act: 'testing the connection', remedy: 'Check client_id and client_secret.' }
    expect(error({ code: 'platform.auth_expired', params }).repair).toBe(
      'Vérifiez client_id et client_secret.',
    )
  })

  it('leave what a person typed into a rule as it was typed, also where it is a word of ours', () => {
    const { title } = error(faultOf('country = event'))
    expect(title).toContain('«\u00A0event\u00A0»')
  })
})
