import { describe, expect, it } from 'vitest'
import { commands } from '../../../hub-server/cli/commands.ts'
import { completeWords, workspaceOf } from '../../../hub-server/cli/completion.ts'

const names = {
  sync: ['lapsed-to-meta', 'pull-shop'],
  segment: ['lapsed'],
  target: ['lapsed-to-meta', 'pull-shop', 'lapsed'],
  run: ['lapsed-to-meta'],
}
const complete = (...words: string[]) => completeWords(commands, words, () => Promise.resolve(names))

const refuse = () => Promise.reject(new Error('the workspace was read'))

describe('completeWords', () => {
  it('offers commands, then the second word of a group', async () => {
    expect(await complete('')).toContain('explain')
    expect(await complete('a')).toEqual(['apply', 'approve', 'access', 'apikeys', 'audit'])
    expect(await complete('audit', '')).toEqual(['verify', 'export', 'person'])
  })

  it('offers the options of a command and those of all', async () => {
    expect(await complete('plan', '--d')).toEqual(['--detailed-exitcode'])
    expect(await complete('plan', '--w')).toEqual(['--workspace'])
    expect(await complete('--la')).toEqual(['--lang'])
  })

  it('offers names where names are expected, whatever options stand before', async () => {
    expect(await complete('explain', 'ada@example.com', '')).toEqual(names.target)
    expect(await complete('explain', '--as-of', '2026-01-01', 'ada@example.com', 'p')).toEqual(['pull-shop'])
    expect(await complete('explain', '')).toEqual([])
    expect(await complete('approve', '')).toEqual(names.run)
    expect(await complete('completion', 'z')).toEqual(['zsh'])
  })

  it('goes on offering names where many are taken', async () => {
    expect(await complete('segments', 'overlap', 'a', 'b', '--limit', '5', '')).toEqual(names.segment)
  })

  it('goes on behind the comma of a list, and behind the equals sign that bash cuts off', async () => {
    expect(await complete('run', '--only', 'pull-shop,l')).toEqual(['pull-shop,lapsed-to-meta'])
    expect(await complete('run', '--lang', '=', 'f')).toEqual(['fr'])
  })

  it('reads the workspace only when a name of it is asked for', async () => {
    expect(await completeWords(commands, ['plan', '--out', ''], refuse)).toEqual([])
    expect(await completeWords(commands, ['va'], refuse)).toEqual(['validate'])
  })
})

describe('workspaceOf', () => {
  it('finds the folder that was typed', () => {
    expect(workspaceOf(['run', '--workspace', 'shop', '--only', ''])).toBe('shop')
    expect(workspaceOf(['run', '--only', ''])).toBeUndefined()
  })
})
