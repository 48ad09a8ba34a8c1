import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { Get, Header, Param, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NotFoundError } from '../../model/errors.js';
import { NotificationRoutes } from '../notification-routes.decorator.js';
import { DashboardFeed } from './dashboard-feed.js';
import { DASHBOARD_FOLDER } from './dashboard-folder.js';

/** What the page may do: its own files and routes, and nothing from elsewhere. */
const DASHBOARD_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ASSETS = join(DASHBOARD_FOLDER, 'assets');
const TYPES: Readonly<Record<string, string>> = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' };

/** The operator's page. Its addresses are relative, so that it works under any prefix and behind a proxy's sub-path. */
@NotificationRoutes('dashboard')
export class DashboardController {
  constructor(
    private readonly feed: DashboardFeed,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', DASHBOARD_CSP)
  @Header('Cache-Control', 'no-cache')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Referrer-Policy', 'no-referrer')
  async page(
    @Req() { originalUrl }: { readonly originalUrl: string },
    @Res({ passthrough: true }) response: object,
  ): Promise<string> {
    const [path = ''] = originalUrl.split('?');
    // Relative addresses are of the page without a slash behind it.
    if (path.endsWith('/')) {
      this.adapterHost.httpAdapter.redirect(response, 302, '../dashboard');
      return '';
    }
    return readFile(join(ASSETS, 'dashboard.html'), 'utf8');
  }

  /** Statistics every two seconds. */
  @Get('live')
  live(@Res() reply: ServerResponse | { readonly raw: ServerResponse; hijack(): void }): void {
    if ('raw' in reply) reply.hijack();
    this.feed.add('raw' in reply ? reply.raw : reply);
  }

  @Get(':file')
  @Header('Cache-Control', 'no-cache')
  @Header('X-Content-Type-Options', 'nosniff')
  async asset(@Param('file') file: string, @Res({ passthrough: true }) response: object): Promise<string> {
    const path = pathOf(file);
    if (path === undefined) throw new NotFoundError('this file');
    this.adapterHost.httpAdapter.setHeader(response, 'Content-Type', TYPES[file.split('.').pop() ?? ''] ?? 'text/plain');
    return readFile(path, 'utf8');
  }
}

/** Only what is named here is served. */
function pathOf(file: string): string | undefined {
  switch (file) {
    case 'dashboard.js':
    case 'dashboard.css':
      return join(ASSETS, file);
    case 'uplot.js':
      return join(uPlot(), 'uPlot.esm.js');
    case 'uplot.css':
      return join(uPlot(), 'uPlot.min.css');
    default:
      return undefined;
  }
}

/** https://github.com/leeoniya/uPlot: 50 kB without dependencies. */
function uPlot(): string {
  return dirname(createRequire(join(DASHBOARD_FOLDER, 'dashboard.controller.js')).resolve('uplot/dist/uPlot.esm.js'));
}
