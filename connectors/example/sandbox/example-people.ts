/** A person of the in-memory platform. */
export interface ExamplePerson {
  readonly id: string
  readonly updated_at: string
  readonly deleted: boolean
  readonly email: string | null
  readonly phone: string | null
  readonly first_name: string | null
  readonly country: string | null
  readonly newsletter: boolean
}

const names = ['Ada', 'Blaise', 'Chloé', 'Diderot', 'Émile'] as const
const countries = ['FR', 'BE', 'GB', 'DE'] as const

/**
 * Invented people: the same at each call, nobody real. Addresses are under example.com (RFC 2606), phone numbers in the range that
 * the French regulator Arcep keeps for fiction (+33 6 39 98 xx xx).
 */
export function inventPeople(count: number): ExamplePerson[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `person-${index + 1}`,
    updated_at: new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString(),
    deleted: false,
    email: `person${index + 1}@example.com`,
    phone: index % 3 === 0 ? null : `+3363998${String(index).padStart(4, '0')}`,
    first_name: names[index % names.length] ?? null,
    country: countries[index % countries.length] ?? null,
    newsletter: index % 2 === 0,
  }))
}
