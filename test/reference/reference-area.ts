/** A question of the reference: `input` says what to compute. */
export interface ReferenceCase {
  readonly id: string
  readonly input: Readonly<Record<string, unknown>>
}

/** What the project answers in one area. */
export interface AreaAnswers {
  /** Case id: the answer, in the form that the case expects. */
  readonly answers: Readonly<Record<string, unknown>>
  /** Case id: why it is not answered, or why an answer that differs from the oracle is right. */
  readonly reasons: Readonly<Record<string, string>>
}

/** One area: one file beside this one, named in `areas.ts`. `folder` is the reference's own folder. */
export type AnswerArea = (cases: readonly ReferenceCase[], folder: string) => Promise<AreaAnswers>

/** Answers case by case. `answer` gives the answer, or an `Unanswered` with the reason. */
export async function answerEach(
  cases: readonly ReferenceCase[],
  answer: (one: ReferenceCase) => unknown,
): Promise<AreaAnswers> {
  const answers: Record<string, unknown> = {}
  const reasons: Record<string, string> = {}
  for (const one of cases) {
    const given = await answer(one)
    if (given instanceof Unanswered) reasons[one.id] = given.reason
    else answers[one.id] = given
  }
  return { answers, reasons }
}

/** Why a case is left out. */
export class Unanswered {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}
