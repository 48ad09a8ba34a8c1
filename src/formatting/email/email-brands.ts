import { type EmailBrandOptions } from '../../config/email-options.js';
import { type ResolvedOptions } from '../../config/options.js';
import { type ClaimedMessage } from '../../model/message.js';
import { addressOf, domainOf } from '../../transports/email/email-address.js';
import { type BrandLook, brandLookOf } from './brand-look.js';

/** Who a mail is from, and how its mails look. */
export interface EmailBrand {
  readonly brandName: string | undefined;
  readonly brand: EmailBrandOptions | undefined;
  readonly look: BrandLook;
}

/** The brand of the host, and of each of its accounts. */
export class EmailBrands {
  private readonly main: EmailBrand;
  private readonly ofAccounts: ReadonlyMap<string, EmailBrand>;

  constructor({ brandName, brand, accounts = {} }: Partial<Pick<ResolvedOptions['email'], 'brandName' | 'brand' | 'accounts'>>) {
    this.main = brandOf(brandName, brand);
    this.ofAccounts = new Map(
      Object.entries(accounts).map(([name, account]) => {
        return [name, brandOf(account.brandName ?? domainOf(addressOf(account.from)), account.brand)];
      }),
    );
  }

  /** Of the account that the mail is sent by. */
  of({ entries }: ClaimedMessage): EmailBrand {
    const account = entries[0]?.content.email?.account;
    return account === undefined ? this.main : (this.ofAccounts.get(account) ?? this.main);
  }
}

function brandOf(brandName: string | undefined, brand: EmailBrandOptions | undefined): EmailBrand {
  return { brandName, brand, look: brandLookOf(brandName, brand) };
}
