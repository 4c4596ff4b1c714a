import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import { callSalesforce } from '../client.ts'
import type { SalesforceConfig } from '../config.ts'

const counters = z.record(z.string(), z.object({ Max: z.number(), Remaining: z.number() }))

/** Tells the org's counters (`/limits`): daily calls, bulk jobs, storage. Costs one call. */
export const readLimits = defineAction<SalesforceConfig, z.ZodObject>({
  name: 'read_limits',
  description: "The org's limits: how much of each there is, and how much is left.",
  effect: 'reads',
  input: z.strictObject({}),
  async run(context) {
    const { body } = await callSalesforce(context, {
      act: 'reading the limits of the org',
      method: 'GET',
      path: '/limits',
      answer: counters,
      repeatable: true,
      urgent: true,
    })
    return Object.fromEntries(
      Object.entries(body).map(([name, { Max, Remaining }]) => [name, { max: Max, remaining: Remaining }]),
    )
  },
})
