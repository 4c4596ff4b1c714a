import { describe, expect, it } from 'vitest'
import { describeRule } from '../../../core/segment/describe-rule.ts'
import { operatorNames } from '../../../core/segment/operator-names.ts'
import { measures, ruleSchema, type Rule } from '../../../core/segment/rule.ts'

const say = (rule: unknown): [string, string] => {
  const parsed = ruleSchema.parse(rule)
  return [describeRule(parsed, 'en'), describeRule(parsed, 'fr')]
}

describe('describeRule', () => {
  it.each([
    [{ trait: 'country', op: 'equals', value: 'FR' }, 'country is “FR”', 'country est « FR »'],
    [
      { trait: 'country', op: 'not_in', value: ['FR', 'DE'], if_missing: true },
      'country is none of [“FR”, “DE”] (or is missing)',
      'country n’est pas parmi [« FR », « DE »] (ou manque)',
    ],
    [
      {
        event: 'purchase',
        measure: 'sum',
        property: 'amount',
        window: { last: '90 days' },
        op: 'more_than',
        value: 200,
      },
      'the sum of amount of purchase in the last 90 days is more than 200',
      'la somme de amount des purchase sur 90 jours : plus de 200',
    ],
    [
      {
        event: 'open',
        where: [{ property: 'campaign', op: 'equals', value: 'spring' }],
        window: { from: '2026-01-01', to: '30 days ago' },
      },
      'has done open where campaign is “spring” from 2026-01-01 until 30 days ago',
      'a fait open où campaign est « spring » à partir de 2026-01-01 jusqu’à il y a 30 jours',
    ],
    [
      { event: 'open', window: { from: '30 days ago' } },
      'has done open from 30 days ago',
      'a fait open à partir d’il y a 30 jours',
    ],
    [
      { trait: 'renewal', op: 'more_than_ahead', value: '2 months' },
      'renewal is more than 2 months ahead',
      'renewal tombe dans plus de 2 mois',
    ],
    [
      {
        all: [
          { segment: 'buyers' },
          {
            not: {
              any: [
                { trait: 'vip', op: 'equals', value: true },
                { trait: 'age', op: 'between', value: [18, 65] },
              ],
            },
          },
        ],
      },
      'is in the segment buyers and not (vip is true or age is between 18 and 65)',
      'fait partie du segment buyers et pas (vip est vrai ou age : entre 18 et 65)',
    ],
    [
      {
        any: [
          {
            all: [
              { trait: 'a', op: 'exists' },
              { trait: 'b', op: 'missing' },
            ],
          },
          { consent: { purpose: 'ads', channel: 'email' }, is: 'denied' },
        ],
      },
      '(a is known and b is missing) or consent to ads by email is denied',
      '(a est renseigné et b manque) ou le consentement à ads par email est refusé',
    ],
    [{ all: [] }, 'everybody', 'tout le monde'],
    [{ any: [] }, 'nobody', 'personne'],
    [
      { trait: 'id', op: 'in', value: ['1', '2', '3', '4', '5', '6', '7'] },
      'id is one of [“1”, “2”, “3”, “4”, “5”, 2 more]',
      'id est parmi [« 1 », « 2 », « 3 », « 4 », « 5 », 2 de plus]',
    ],
    [
      { trait: 'signup', op: 'more_than_ago', value: '1 month' },
      'signup is 1 month ago or longer',
      'signup date de 1 mois ou plus',
    ],
  ])('says %j', (rule, english, french) => {
    expect(say(rule)).toEqual([english, french])
  })

  it('has words for every operator and every measure in both languages', () => {
    const sentences = [
      ...operatorNames.map((op): Rule => ({ trait: 'x', op, value: 'y' })),
      ...measures.flatMap((measure): Rule[] => [
        { event: 'e', measure, op: 'at_least', value: 2 },
        { event: 'e', measure, property: 'p', op: 'at_least', value: 2 },
      ]),
    ].flatMap((rule) => say(rule))
    for (const sentence of sentences) expect(sentence).not.toMatch(/undefined|null/)
    expect(new Set(sentences).size).toBeGreaterThan(sentences.length * 0.8)
  })
})

describe('describeRule in French', () => {
  it.each([
    [
      { trait: 'birthday', op: 'anniversary', value: 'next 7 days' },
      'l’anniversaire de birthday : les 7 prochains jours',
    ],
    [{ trait: 'signup', op: 'during', value: 'previous month' }, 'signup : le mois précédent'],
    [
      { trait: 'signup', op: 'day_of_week', value: ['saturday', 'sunday'] },
      'signup tombe un samedi ou dimanche',
    ],
    [
      { event: 'open', not_followed_by: { event: 'purchase', within: '2 hours' } },
      'a fait open non suivi de purchase en 2 heures',
    ],
    [
      { time_zone: 'Europe/Paris', rule: { event: 'open', window: { during: 'today' } } },
      'a fait open (aujourd’hui) (à l’heure de Europe/Paris)',
    ],
  ])('says %j', (rule, sentence) => {
    expect(describeRule(ruleSchema.parse(rule), 'fr')).toBe(sentence)
  })
})
