import { ArrayMaxSize, ArrayMinSize, IsArray, IsOptional, IsString, Length } from 'class-validator';

/** Which dead deliveries to send again; all of them when empty. */
export class ReplayBody {
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10_000)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  readonly ids?: readonly string[];

  @IsOptional()
  @IsString()
  @Length(1, 64)
  readonly channel?: string;

  @IsOptional()
  @IsString()
  @Length(1, 64)
  readonly type?: string;
}
