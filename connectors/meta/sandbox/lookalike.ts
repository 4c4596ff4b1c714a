import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'
import { graphError, noSuchObject, wrongParameter } from './graph-error.ts'
import type { Parameters } from './request-parameters.ts'
import { readObject } from './request-parameters.ts'
import type { SandboxAccount } from './sandbox-account.ts'

const fewestSeeds = 100

/** Holds the creation of a lookalike to section 1.3 of the platform notes. Undefined when nothing is wrong. */
export function refuseLookalike(account: SandboxAccount, parameters: Parameters): SandboxReply | undefined {
  const { name, origin_audience_id: id, lookalike_spec: text } = parameters
  if (typeof name !== 'string' || name === '') return wrongParameter('The parameter name is required.')
  if (typeof id !== 'string') return wrongParameter('The parameter origin_audience_id is required.')
  if (typeof text !== 'string') return wrongParameter('Param lookalike_spec must be a JSON string.')
  const origin = account.audiences.get(id)
  if (!origin) return noSuchObject(id)
  const spec = readObject(text)
  if (!spec) return wrongParameter('Param lookalike_spec must be a JSON string.')
  const wrong = wrongShare(spec) ?? wrongPlace(spec)
  if (wrong !== undefined) return wrongParameter(wrong)
  if (origin.members.size >= fewestSeeds) return undefined
  return graphError({ code: 2654, message: 'The origin audience has too few people.' })
}

const isStep = (value: unknown): value is number =>
  typeof value === 'number' &&
  value >= 0.01 &&
  value <= 0.2 &&
  Math.abs(value * 100 - Math.round(value * 100)) < 1e-9

function wrongShare({ ratio, starting_ratio: start, type }: Parameters): string | undefined {
  if (ratio === undefined && type === undefined) return 'Param lookalike_spec needs ratio or type.'
  if (type !== undefined && !['similarity', 'reach', 'custom_ratio'].some((known) => known === type))
    return 'Param lookalike_spec[type] is unknown.'
  if (ratio !== undefined && !isStep(ratio)) return 'Param lookalike_spec[ratio] must be 0.01 to 0.20.'
  if (start === undefined) return undefined
  return isStep(start) && isStep(ratio) && start < ratio
    ? undefined
    : 'Param lookalike_spec[starting_ratio] must be less than ratio.'
}

function wrongPlace({ country, location_spec: location }: Parameters): string | undefined {
  const countries = readObject(readObject(location)?.['geo_locations'])?.['countries']
  const named = Array.isArray(countries) ? countries : [country]
  return named.length > 0 && named.every((code) => typeof code === 'string' && /^[A-Z]{2}$/.test(code))
    ? undefined
    : 'Param lookalike_spec needs a country.'
}
