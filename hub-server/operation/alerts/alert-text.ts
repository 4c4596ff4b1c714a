import { errorCodes, type ErrorCode } from '../../../core/errors/error-codes.ts'
import type { AlertNotice } from '../../../core/port/alert-book.ts'
import type { Translator } from '../../locales/translate.ts'

/** Words of a message: a line, and what to do. They name syncs and connections, no person and no secret. */
export function toAlertText(
  notice: Pick<AlertNotice, 'subject' | 'code' | 'params' | 'change' | 'at'>,
  { t, error }: Translator,
  hubUrl: string | undefined,
): { readonly subject: string; readonly text: string } {
  const [kind = 'hub', name = ''] = notice.subject.split('/')
  const what = t(`alerts.subjects.${kind}`, { name: kind === 'hub' ? t(`alerts.parts.${name}`) : name })
  const { title, repair } = error({ code: toCode(notice.code), params: notice.params })
  const subject = t(`alerts.${notice.change}`, { what, title })
  const lines = notice.change === 'raised' ? [title, repair] : [t('alerts.over')]
  return { subject, text: [...lines, ...(hubUrl === undefined ? [] : [hubUrl])].join('\n') }
}

/** A code of a former version has no words any more. */
const toCode = (code: string): ErrorCode => (isCode(code) ? code : 'internal.unexpected')
const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code)
