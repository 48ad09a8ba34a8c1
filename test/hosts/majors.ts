/** A host of one major of NestJS: what its project is made of. */
export interface Major {
  readonly name: string;
  readonly packages: readonly string[];
  readonly packageJson: Readonly<Record<string, unknown>>;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  /** More ways in which such hosts compile; nothing is written. */
  readonly alsoCompiles: readonly (readonly string[])[];
  /** Files beside the application. */
  readonly files: Readonly<Record<string, string>>;
  /** Whether its files name the others with `.js`. */
  readonly suffixes: boolean;
  /** Programs that run the unit test, as the host would start them. */
  readonly runners: readonly { readonly name: string; readonly args: readonly string[] }[];
}

const nest = (major: number, schedule: number): readonly string[] => [
  ...[
    'common',
    'core',
    'platform-express',
    'platform-fastify',
    'platform-ws',
    'swagger',
    'terminus',
    'testing',
    'websockets',
  ].map((name) => `@nestjs/${name}@${major}`),
  `@nestjs/schedule@${schedule}`,
  'prom-client@15',
  'reflect-metadata@0.2',
  'rxjs@7',
  'ws@8',
  '@types/ws@8',
  '@types/node@24',
];

const STRICT = {
  target: 'es2023',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  esModuleInterop: true,
  skipLibCheck: true,
  rootDir: 'src',
  outDir: 'dist',
};

/** As `nest new` made them: CommonJS and Jest with ts-jest, ESM and vitest. */
export const MAJORS: readonly Major[] = [
  {
    name: 'NestJS 12, ESM, vitest',
    packages: [...nest(12, 12), 'typescript@6', 'vitest@5'],
    packageJson: { type: 'module' },
    compilerOptions: { ...STRICT, module: 'nodenext', moduleResolution: 'nodenext', types: ['node', 'vitest/globals'] },
    alsoCompiles: [['--module', 'esnext', '--moduleResolution', 'bundler']],
    files: {
      'vitest.config.ts':
        "import { defineConfig } from 'vitest/config';\nexport default defineConfig({ test: { globals: true, include: ['src/**/*.spec.ts'] } });\n",
    },
    suffixes: true,
    runners: [{ name: 'vitest', args: ['node_modules/vitest/vitest.mjs', 'run'] }],
  },
  {
    name: 'NestJS 11, CommonJS, Jest',
    packages: [...nest(11, 6), 'typescript@5.9', 'jest@30', 'jest-29@npm:jest@29', 'ts-jest@29', '@types/jest@30'],
    packageJson: {
      jest: {
        rootDir: 'src',
        moduleFileExtensions: ['js', 'json', 'ts'],
        testRegex: '.*\\.spec\\.ts$',
        transform: { '^.+\\.(t|j)s$': 'ts-jest' },
        testEnvironment: 'node',
      },
    },
    compilerOptions: {
      ...STRICT,
      module: 'nodenext',
      moduleResolution: 'nodenext',
      isolatedModules: true,
      types: ['node', 'jest'],
    },
    // Older starters.
    alsoCompiles: [['--module', 'commonjs', '--moduleResolution', 'node10']],
    files: {},
    suffixes: false,
    runners: [
      { name: 'Jest 30', args: ['node_modules/jest/bin/jest.js'] },
      { name: 'Jest 29', args: ['node_modules/jest-29/bin/jest.js'] },
    ],
  },
];
