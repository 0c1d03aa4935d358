/** Makes the compiler refuse a switch that forgets a case: a new op in messages.py stops the build where it is not handled. */
export function assertNever(value: never): never {
  throw new Error(`Not handled: ${JSON.stringify(value)}`);
}
