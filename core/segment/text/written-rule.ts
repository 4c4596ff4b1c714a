import { z } from 'zod'
import { AffluentError } from '../../errors/affluent-error.ts'
import { ruleSchema, type Rule } from '../rule.ts'
import { parseRuleText } from './parse-rule-text.ts'

const ruleText = z
  .string()
  .meta({
    description:
      'The rule as text: country = "FR" and not performed(purchase, last 30 days). See docs/rule-text.md.',
  })
  .transform((text, context): Rule => {
    try {
      return parseRuleText(text)
    } catch (error) {
      if (!(error instanceof AffluentError)) throw error
      context.issues.push({ code: 'custom', message: error.code, input: text })
      return z.NEVER
    }
  })

/** A rule as its author wrote it: as data, or in the text form. Read as data either way. */
export const writtenRule = z
  .union([ruleText, ruleSchema])
  .meta({ description: 'Who is a member: a rule as data, or in its text form.' })
