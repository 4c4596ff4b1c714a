import { readOnlyProperties, type PropertyDefinition } from './property-definitions.ts'

/** Why a value is refused: HubSpot's code and the property concerned. */
export interface PropertyProblem {
  readonly name: string
  readonly code: string
  readonly message: string
}

const lifecycleStages = new Set([
  'subscriber',
  'lead',
  'marketingqualifiedlead',
  'salesqualifiedlead',
  'opportunity',
  'customer',
  'evangelist',
  'other',
])

/** Longest value of a text property (chapter 1.4). */
const longestText = 65_536

/** The first value that HubSpot would refuse, or undefined. `""` clears a property and is always fine. */
export function findProblem(
  properties: Readonly<Record<string, string>>,
  definitions: ReadonlyMap<string, PropertyDefinition>,
): PropertyProblem | undefined {
  for (const [name, value] of Object.entries(properties)) {
    const code = problemCode(name, value, definitions.get(name))
    if (code) return { name, code, message: `Property values were not valid: ${name} (${code})` }
  }
  return undefined
}

function problemCode(
  name: string,
  value: string,
  definition: PropertyDefinition | undefined,
): string | undefined {
  if (!definition) return 'PROPERTY_DOESNT_EXIST'
  if (readOnlyProperties.has(name)) return 'READ_ONLY_VALUE'
  if (value === '') return undefined
  if (value.length > longestText) return 'INVALID_LENGTH'
  if (name === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return 'INVALID_EMAIL'
  if (name === 'lifecyclestage' && !lifecycleStages.has(value)) return 'INVALID_OPTION'
  return optionProblemCode(definition, value) ?? typeProblemCode(definition.type, value)
}

/** Multiple values are parted by semicolons; each must match an option's internal value exactly (chapter 1.4). */
function optionProblemCode({ options }: PropertyDefinition, value: string): string | undefined {
  if (!options) return undefined
  const known = new Set(options.map((option) => option.value))
  const parts = value.split(';').filter((part) => part !== '')
  return parts.every((part) => known.has(part)) ? undefined : 'INVALID_OPTION'
}

function typeProblemCode(type: string, value: string): string | undefined {
  if (type === 'number' && Number.isNaN(Number(value))) return 'INVALID_INTEGER'
  return type === 'date' && !isMidnight(value) ? 'INVALID_DATE' : undefined
}

function isMidnight(value: string): boolean {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return true
  return /^\d+$/.test(value) && Number(value) % 86_400_000 === 0
}
