import { describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { errorCodes, type ErrorCode } from '../../../core/errors/error-codes.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'

const en = createTranslator('en')
const fr = createTranslator('fr')

describe('createTranslator', () => {
  it('puts the act that failed in front', () => {
    const error = new AffluentError('store.disk_full', { act: 'opening the control store' })
    expect(en.error(error).title).toBe('opening the control store: the disk is full')
    expect(fr.error(error).title).toBe('ouverture du magasin de contrôle\u00A0: le disque est plein')
  })

  it('shows an act that has no French words as it is', () => {
    const error = { code: 'platform.transient', params: { act: 'reading contacts page 3' } } as const
    expect(fr.error(error).title).toBe(
      'reading contacts page 3\u00A0: la plateforme est momentanément en panne',
    )
  })

  it('puts the place in the manifest in front instead, where there is one', () => {
    const params = {
      act: 'x',
      file: 'manifests/a.json',
      line: 3,
      column: 9,
      key: 'nmae',
      suggestion: 'name',
      allowed: '',
    }
    expect(en.error({ code: 'manifest.unknown_key', params })).toEqual({
      title: 'manifests/a.json:3:9: unknown key “nmae”',
      repair: 'Did you mean “name”?',
    })
  })

  it('chooses the words for the params that are given and not empty', () => {
    const params = { key: 'nmae', suggestion: '', allowed: 'name, kind' }
    expect(en.error({ code: 'manifest.unknown_key', params }).repair).toBe(
      'Remove it, or use one of: name, kind.',
    )
    expect(en.error({ code: 'manifest.unknown_key', params: { key: 'nmae' } }).repair).toBe('Remove it.')
  })

  it('leaves what a platform said as it is: no markup, no references, no second filling-in', () => {
    const said = `<b>&"'</b> {{act}} $t(errors:store.disk_full.title)`
    expect(en.error({ code: 'platform.transient', params: { said } }).title).toBe(
      `the platform failed for the moment (“${said}”)`,
    )
  })

  it.each(Object.keys(errorCodes) as ErrorCode[])('has words for %s without any param', (code) => {
    for (const translator of [en, fr]) {
      const { title, repair } = translator.error({ code, params: {} })
      expect(title).not.toMatch(/\{\{|errors:/)
      expect(repair).not.toMatch(/\{\{|errors:/)
      expect(title).not.toContain(code)
    }
  })
})
