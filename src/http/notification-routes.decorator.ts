import { applyDecorators, Controller, UseFilters, UseGuards, UsePipes } from '@nestjs/common';
import { ApiTokenGuard } from './api-token.guard.js';
import { ApplicationGuards } from './application.guards.js';
import { LinkOriginGuard } from './link-origin.guard.js';
import { OriginGuard } from './origin.guard.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';
import { RequestBodyGuard } from './request-body.guard.js';
import { RequestPipe } from './request.pipe.js';
import { SliceGuard } from './slice.guard.js';
import { StopGuard } from './stop.guard.js';

/** A controller of the module: its path stands under the prefix; the token and the host's guards are asked; errors are problems. */
export function NotificationRoutes(path = ''): ClassDecorator {
  return applyDecorators(
    routes(path),
    UseGuards(StopGuard, SliceGuard, OriginGuard, ApiTokenGuard, ApplicationGuards, RequestBodyGuard),
  );
}

/** The same without the token: what has its own credential, a ticket or a signed link, and checks it itself. */
export function TicketedNotificationRoutes(path = ''): ClassDecorator {
  return applyDecorators(routes(path), UseGuards(StopGuard, SliceGuard, OriginGuard, ApplicationGuards, RequestBodyGuard));
}

/** For links in mails, whose signature is their only credential: neither the token nor the host's guards are asked. */
export function LinkedNotificationRoutes(path: string): ClassDecorator {
  return applyDecorators(routes(path), UseGuards(StopGuard, SliceGuard, LinkOriginGuard, RequestBodyGuard));
}

/** The same for everybody, under every name: only health. */
export function OpenNotificationRoutes(path = ''): ClassDecorator {
  return applyDecorators(routes(path), UseGuards(RequestBodyGuard));
}

function routes(path: string): ClassDecorator {
  return applyDecorators(Controller(path), UseFilters(ProblemDetailsFilter), UsePipes(RequestPipe));
}
