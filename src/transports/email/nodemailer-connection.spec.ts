import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { describe, expect, it } from '@jest/globals';
import { assertConnectionFields } from './nodemailer-connection.js';

describe('the private fields of nodemailer', () => {
  it('are those of the installed version', () => {
    expect(() => assertConnectionFields()).not.toThrow();
  });

  it.each(['_socket', '_supportedExtensions', '_maxAllowedSize', 'allowsAuth'])(
    'a version without %s is refused by name',
    (field) => {
      const connection = new SMTPConnection({});
      Reflect.deleteProperty(connection, field);
      expect(() => assertConnectionFields(connection)).toThrow(new RegExp(`\\(${field}\\): install nodemailer ~10\\.6\\.0`));
    },
  );
});
