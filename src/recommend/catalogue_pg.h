/*-------------------------------------------------------------------------
 *
 * catalogue_pg.h
 *	  Make and write the catalogue that a model begins with.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CATALOGUE_PG_H
#define MML_CATALOGUE_PG_H

#include "postgres.h"

#include "core/model_pg.h"
#include "lib/stringinfo.h"
#include "recommend/catalogue.h"
#include "recommend/idmap_pg.h"

extern int32 *mml_idmap_order(const MmlIdMap *map);
extern int32 *mml_catalogue_sort(const MmlIdMap *items, MmlCatalogue *catalogue);
extern void mml_catalogue_write(const MmlCatalogue *catalogue, MmlWriter *writer);
extern void mml_catalogue_info(const MmlCatalogue *catalogue, StringInfo json);

#endif							/* MML_CATALOGUE_PG_H */
