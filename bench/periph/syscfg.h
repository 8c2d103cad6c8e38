/* syscfg.h - system configuration: what stands at address 0, SRAM2 erase, the pending sources of each interrupt line.
 *
 * Source: RM0503 and RM0444, SYSCFG chapter. */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind syscfg_kind_u0, syscfg_kind_g0;

enum mem_mode { MEM_FLASH = 0, MEM_SYSTEM = 1, MEM_SRAM = 3 }; /* CFGR1.MEM_MODE; 2 is main flash too */

enum mem_mode syscfg_mem_mode(const struct periph *p);
void syscfg_boot(struct periph *p, enum mem_mode mode); /* boot selection loads MEM_MODE */
bool syscfg_take_sram2_erase(struct periph *p);         /* U0: true once after SCSR.SRAM2ER was set */
void syscfg_parity_error(struct periph *p);             /* CFGR2.SPF, SRAM_PEF on the G0 */
