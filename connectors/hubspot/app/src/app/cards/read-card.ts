/** What the hub answers about a contact (`GET /cards/hubspot/{connection}/person`). */
export interface PersonAnswer {
  readonly person: PersonCard | null
}

export interface PersonCard {
  readonly language: 'en' | 'fr'
  readonly profileId: string
  readonly segments: readonly {
    readonly name: string
    readonly title: string
    readonly since: string
    readonly because: string
  }[]
  readonly consents: readonly {
    readonly purpose: string
    readonly channel: string
    readonly status: 'granted' | 'denied'
    readonly statusText: string
    readonly decidedAt: string | null
    readonly source: string
  }[]
  readonly audiences: readonly {
    readonly sync: string
    readonly connection: string
    readonly audience: string
    readonly isIn: boolean
    readonly because: string
  }[]
}

/** The answer when it is what the hub sends; undefined for anything else. */
export function readAnswer(answer: unknown): PersonAnswer | undefined {
  if (typeof answer !== 'object' || answer === null || !('person' in answer)) return undefined
  const { person } = answer
  if (person === null) return { person }
  return isCard(person) ? { person } : undefined
}

function isCard(value: unknown): value is PersonCard {
  if (typeof value !== 'object' || value === null) return false
  return ['segments', 'consents', 'audiences'].every((part) => Array.isArray(Reflect.get(value, part)))
}
