import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toSaid } from '../../../core/connector/to-said.ts'

describe('toSaid', () => {
  it.each([
    ['Email ada@example.com is invalid', 'Email [email] is invalid'],
    ['bad "Ada+1@Example.co.uk", try again', 'bad "[email]", try again'],
    ['phone +33 6 12 34 56 78 refused', 'phone [number] refused'],
    ['token EAAGm0PX4ZCpsBAKZCxyzABCDEF0123456789 expired', 'token [token] expired'],
    ['line one\n  line two', 'line one line two'],
    ['Property first_name does not exist (code 100)', 'Property first_name does not exist (code 100)'],
  ])('turns "%s" into "%s"', (words, said) => {
    expect(toSaid(words)).toBe(said)
  })

  it('keeps no address, whatever stands around it, and at most 200 characters', () => {
    fc.assert(
      fc.property(fc.string(), fc.emailAddress(), fc.string(), (before, email, after) => {
        const said = toSaid(`${before} ${email} ${after}`)
        expect(said).not.toContain(email)
        expect(said.length).toBeLessThanOrEqual(200)
      }),
    )
  })
})
