import { applyDecorators, Controller, UseFilters, UseGuards, UsePipes } from '@nestjs/common';
import { ApiTokenGuard } from './api-token.guard.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';
import { RequestPipe } from './request.pipe.js';

/** A controller of the module: its path stands under the prefix; the token is asked for; errors are problems. */
export function NotificationRoutes(path = ''): ClassDecorator {
  return applyDecorators(OpenNotificationRoutes(path), UseGuards(ApiTokenGuard));
}

/** The same without the token: health alone. */
export function OpenNotificationRoutes(path = ''): ClassDecorator {
  return applyDecorators(Controller(path), UseFilters(ProblemDetailsFilter), UsePipes(RequestPipe));
}
