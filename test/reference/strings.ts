import { metaphone } from '../../core/identity/phonetic/metaphone.ts'
import { nysiis } from '../../core/identity/phonetic/nysiis.ts'
import { soundex } from '../../core/identity/phonetic/soundex.ts'
import { damerauLevenshtein, optimalAlignment } from '../../core/identity/similarity/damerau-levenshtein.ts'
import { jaro, jaroWinkler } from '../../core/identity/similarity/jaro-winkler.ts'
import { levenshtein } from '../../core/identity/similarity/levenshtein.ts'
import { answerEach, Unanswered, type AnswerArea } from './reference-area.ts'

/** Strings: similarities of pairs, and phonetic keys of names. */
export const answerStrings: AnswerArea = (cases) =>
  answerEach(cases, ({ input }) => {
    if (input['fn'] === 'phonetic') return answerKeys(String(input['s']))
    if (input['fn'] === 'stringSimilarity') return answerPair(String(input['a']), String(input['b']))
    return new Unanswered('the project has no such function')
  })

const answerKeys = (name: string) => ({
  soundex: soundex(name),
  nysiis: nysiis(name),
  metaphone: metaphone(name),
})

const answerPair = (left: string, right: string) => ({
  levenshtein: levenshtein(left, right),
  damerau: damerauLevenshtein(left, right),
  osa: optimalAlignment(left, right),
  jaro: jaro(left, right),
  jaroWinkler: jaroWinkler(left, right),
  jaroWinklerAlways: jaroWinkler(left, right, { always: true }),
})
