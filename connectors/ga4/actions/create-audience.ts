import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import { callGoogle } from '../client.ts'
import type { Ga4Config } from '../config.ts'
import { isEventName, isUserPropertyName } from '../destinations/event-limits.ts'
import { toPropertyName } from '../destinations/segment-property.ts'
import { propertyOf } from '../endpoints.ts'
import { audienceAnswer, describeAudience } from './audience-answer.ts'

const input = z
  .strictObject({
    name: z.string().min(1).max(100).meta({ description: 'Name of the audience in GA4.' }),
    description: z
      .string()
      .min(1)
      .max(500)
      .default('Made by Affluent.')
      .meta({ description: 'Google asks for one.' }),
    membership_duration_days: z.int().min(1).max(540).default(30).meta({
      description: 'Days that a person stays in the audience. It cannot be changed later.',
    }),
    segment: z.string().min(1).max(200).optional().meta({
      description: 'Audience name of a sync to segment_events: those who are in it now.',
    }),
    user_property: z.string().refine(isUserPropertyName).optional().meta({
      description: 'Any other user property, in place of segment.',
    }),
    value: z
      .string()
      .min(1)
      .max(36)
      .default('in')
      .meta({ description: 'Value that the property must have.' }),
    event_trigger: z.string().refine(isEventName).optional().meta({
      description: 'Event that Google logs when a person joins.',
    }),
  })
  .refine(
    ({ segment, user_property }) => (segment === undefined) !== (user_property === undefined),
    'give segment or user_property',
  )

/** Makes a GA4 audience of those whose user property has a value, so that linked ad accounts get it. */
export const createAudience = defineAction<Ga4Config, typeof input>({
  name: 'create_audience',
  description:
    'Creates an audience of everybody whose user property has a value, such as the members of a segment.',
  effect: 'changes',
  input,
  run: async (context, wanted) => {
    const property = wanted.user_property ?? toPropertyName(wanted.segment ?? '')
    const created = await callGoogle(context, {
      act: 'creating an audience',
      budget: 'admin_requests',
      // A second one of the same name would be made.
      repeatable: false,
      answer: audienceAnswer,
      send: ({ admin, once }) =>
        admin.createAudience(
          {
            parent: propertyOf(context.config),
            audience: {
              displayName: wanted.name,
              description: wanted.description,
              membershipDurationDays: wanted.membership_duration_days,
              filterClauses: [toClause(property, wanted.value)],
              ...(wanted.event_trigger !== undefined && {
                eventTrigger: { eventName: wanted.event_trigger, logCondition: 'AUDIENCE_JOINED' as const },
              }),
            },
          },
          once,
        ),
    })
    return describeAudience(created)
  },
})

/** The Admin API wants each condition in an "or" group within an "and" group. */
function toClause(
  property: string,
  value: string,
): {
  clauseType: 'INCLUDE'
  simpleFilter: object
} {
  const condition = {
    dimensionOrMetricFilter: {
      fieldName: `customUser:${property}`,
      stringFilter: { matchType: 'EXACT' as const, value, caseSensitive: true },
    },
  }
  return {
    clauseType: 'INCLUDE',
    simpleFilter: {
      // The value that a person has now, whatever session set it.
      scope: 'AUDIENCE_FILTER_SCOPE_ACROSS_ALL_SESSIONS' as const,
      filterExpression: {
        andGroup: { filterExpressions: [{ orGroup: { filterExpressions: [condition] } }] },
      },
    },
  }
}
