import { type HttpAdapterHost } from '@nestjs/core';

/** The host's HTTP adapter; undefined in an application context, and while a testing module has no application. */
export function httpAdapterOf({ httpAdapter }: HttpAdapterHost): HttpAdapterHost['httpAdapter'] | undefined {
  // Nest's types know neither: it is null in an application context, and undefined before there is an application.
  return (httpAdapter as HttpAdapterHost['httpAdapter'] | null | undefined) ?? undefined;
}
