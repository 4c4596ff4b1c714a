import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { errorCodes } from '../../../core/errors/error-codes.ts'
import { isPermission } from '../../../hub-server/access/permissions.ts'
import { allContracts } from '../../../hub-server/api/contract/all-contracts.ts'
import { createOpenApi } from '../../../hub-server/api/open-api.ts'

interface OpenApiOperation {
  readonly parameters: readonly { readonly in: string; readonly name: string }[]
  readonly responses: Readonly<Record<string, unknown>>
}

const document: Record<string, unknown> = JSON.parse(JSON.stringify(createOpenApi('0.1.0'))) as Record<
  string,
  unknown
>

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate({ ...document })
    expect(result.errors ?? []).toEqual([])
    expect(result.valid).toBe(true)
  })

  it('points at nothing that is not in it, counted from the document as every reader does', () => {
    const text = JSON.stringify(document)
    const refs = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref)
    expect(refs).toContain('#/components/schemas/Problem')
    const missing = refs.filter((ref) => {
      const [root, ...parts] = ref.split('/')
      let place: unknown = root === '#' ? document : undefined
      for (const part of parts) place = (place as Record<string, unknown> | undefined)?.[part]
      return typeof place !== 'object' || place === null
    })
    expect(missing).toEqual([])
    expect(text).not.toMatch(/"\$(?:defs|id)":/)
  })

  it('tells the headers that an answer may be asked for and carries', () => {
    const paths = document['paths'] as Record<string, Record<string, OpenApiOperation>>
    const told = Object.values(paths)
      .flatMap((methods) => Object.entries(methods))
      .map(([method, { parameters, responses }]) => ({
        method,
        asked: parameters.filter(({ in: place }) => place === 'header').map(({ name }) => name),
        answers: Object.keys(responses),
      }))
    for (const { method, asked, answers } of told) {
      expect(answers).toContain('500')
      if (method !== 'get') continue
      expect(asked).toEqual([answers.includes('304') ? 'If-None-Match' : 'Last-Event-ID'])
    }
  })

  it('names every operation once', () => {
    const names = allContracts.map(({ name }) => name)
    expect(names.length).toBeGreaterThan(60)
    expect(new Set(names).size).toBe(names.length)
    const places = allContracts.map(({ method, path }) => `${method} ${path}`)
    expect(new Set(places).size).toBe(places.length)
  })
})

describe.each(allContracts.map((contract) => [contract.name, contract] as const))('%s', (_name, contract) => {
  it('has a permission of the table, a versioned path, a sentence and known errors', () => {
    expect(isPermission(contract.permission)).toBe(true)
    expect(contract.path).toMatch(/^\/v1\/[a-z0-9.-]+(?:\/(?:[a-z0-9.-]+|\{[a-z_]+\}))*$/)
    expect(contract.summary).toMatch(/\.$/)
    expect(contract.errors.filter((code) => !Object.hasOwn(errorCodes, code))).toEqual([])
  })

  it('has an example that its own contract takes', () => {
    const { example } = contract
    const parts = [
      [contract.params, example.params ?? {}],
      [contract.query, example.query ?? {}],
      [contract.body, example.body ?? {}],
      [contract.answer, example.answer],
    ] as const
    for (const [schema, value] of parts) expect(z.safeParse(schema, value).error?.issues ?? []).toEqual([])
  })

  it('gives its example back as it came', () => {
    const value = z.parse(contract.answer, contract.example.answer)
    expect(JSON.parse(JSON.stringify(z.encode(contract.answer, value)))).toEqual(contract.example.answer)
  })

  it('takes a person in a body only, never in an address', () => {
    expect(contract.path).not.toMatch(/person|email|identifier/)
    const query = Object.keys(
      (z.toJSONSchema(contract.query, { io: 'input', unrepresentable: 'any' })['properties'] as object) ?? {},
    )
    expect(query.filter((name) => /person|email|identifier/.test(name))).toEqual([])
  })
})
