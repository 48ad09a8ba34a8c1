import { type ModuleRef } from '@nestjs/core';

/** Provided by an application that has the server for itself, and sees to it that its routes are not open to others. */
export const STAND_ALONE = Symbol('nestjs-digest:stand-alone');

export function isStandAlone(modules: ModuleRef): boolean {
  try {
    return modules.get<boolean>(STAND_ALONE, { strict: false });
  } catch {
    return false;
  }
}
