// What code that is not ours wrote into a message, checked before anything is made of it. As `HeaderMap` does, these throw a TypeError:
// inside a policy's hook that is its failure, and its request's 500.
import { isFieldName, isFieldValue } from './fields.ts'
import type { FieldOwner } from './fields.ts'
import { framingNameProblem, isFraming } from './owned-fields.ts'
import type { HeaderSide } from './owned-fields.ts'

/** A head whose fields may have been changed as a list. @throws TypeError for what is no field, and for framing. */
export function checkListedFields(head: FieldOwner, side: HeaderSide): void {
  // As long as nobody asked for the list, what came is what stands there.
  if (head.block !== undefined && head.block.lines !== undefined) return
  const { fields } = head
  if (fields.length % 2 !== 0) throw new TypeError('the list of fields ends in a name without a value')
  for (let i = 0; i < fields.length; i += 2) {
    const name: unknown = fields[i]
    if (typeof name !== 'string' || !isFieldName(name)) throw new TypeError(`not a field name in lower case: ${JSON.stringify(name)}`)
    if (isFraming(name, side)) throw new TypeError(framingNameProblem(name))
    checkFieldValue(name, fields[i + 1])
  }
}

/** The fields of an answer that a policy made, with names in lower case. @throws TypeError for what is no field, and for framing. */
export function checkedAnswerFields(fields: unknown): readonly string[] {
  if (!Array.isArray(fields) || fields.length % 2 !== 0)
    throw new TypeError('the fields of an answer are a list: name, value, name, value …')
  const list = fields as readonly unknown[]
  const made: string[] = []
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i]
    const problem = typeof name === 'string' ? framingNameProblem(name) : `not a field name: ${JSON.stringify(name)}`
    if (problem !== undefined) throw new TypeError(problem)
    const key = (name as string).toLowerCase()
    made.push(key, checkFieldValue(key, list[i + 1]))
  }
  return made
}

/** @throws TypeError for what may not stand in a field. */
export function checkFieldValue(name: string, value: unknown): string {
  if (typeof value !== 'string' || !isFieldValue(value)) throw new TypeError(`not a value of the field ${name}: ${JSON.stringify(value)}`)
  return value
}

/** @throws TypeError for a status that no final answer can have (RFC 9110 §15; 1xx are not the end of anything). */
export function checkStatus(status: unknown): void {
  if (Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599) return
  throw new TypeError(`not the status of an answer: ${JSON.stringify(status)}; it is a whole number from 200 to 599`)
}
