import { describe, expect, it } from 'vitest'
import { compileBlocked, isBlocked } from '../../../core/identity/blocked-values.ts'

describe('blocked values', () => {
  it.each([
    ['Info@*', 'info@shop.example'],
    ['*@Example.COM', 'ada@example.com'],
    [' TEST@test.com ', 'test@test.com'],
    ['no-reply@*', 'no-reply@a.example'],
    ['*@bücher.example', 'ada@xn--bcher-kva.example'],
  ])('block an address however they are typed: %s', (typed, value) => {
    expect(isBlocked(value, compileBlocked([typed], 'email', undefined))).toBe(true)
  })

  it.each([
    ['06 12 34 56 78', '+33612345678'],
    ['0033 6 12 34 56 78', '+33612345678'],
    ['06 00 *', '+33600123456'],
    ['+336 00*', '+33600123456'],
  ])('block a number however they are typed: %s', (typed, value) => {
    expect(isBlocked(value, compileBlocked([typed], 'phone', 'FR'))).toBe(true)
  })

  it('take every character but "*" for itself', () => {
    const blocked = compileBlocked(['a.b+c*@shop.example'], 'email', undefined)
    expect(isBlocked('a.b+cde@shop.example', blocked)).toBe(true)
    expect(isBlocked('axb+c@shop.example', blocked)).toBe(false)
    expect(isBlocked('a.bbc@shop.example', blocked)).toBe(false)
  })

  it('block no other value', () => {
    const blocked = compileBlocked(['info@*', 'test@test.com'], 'email', undefined)
    expect(isBlocked('ada@shop.example', blocked)).toBe(false)
    expect(isBlocked('xinfo@shop.example', blocked)).toBe(false)
  })

  it('compare ids as they are', () => {
    expect(isBlocked('ABC', compileBlocked(['abc'], 'exact', undefined))).toBe(false)
    expect(isBlocked('TEST-1', compileBlocked(['TEST-*'], 'exact', undefined))).toBe(true)
  })
})
