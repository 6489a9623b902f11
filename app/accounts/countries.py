"""Issuing states: from the three letters of a passport (ICAO Doc 9303-3) to the two of a certificate.

Sources: ISO 3166-1 for the 249 countries; ICAO Doc 9303-3 section 5 for the codes that only passports use.
"""

from __future__ import annotations

_ISO_3166 = """
    ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT
    AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO
    BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG
    COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO
    DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB
    GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY
    HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT
    JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY
    LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH
    MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA
    NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE
    PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA
    SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR
    SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO
    TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG
    VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW
"""

# Codes that ISO 3166-1 does not know. The British ones are kinds of nationality of one issuing state. XK is
# the user-assigned code that the European Commission, CLDR and pkilint use for Kosovo; UN and EU are reserved
# by ISO.
_PASSPORTS_ONLY = {
    "D": "DE",
    "EUE": "EU",
    "GBD": "GB",
    "GBN": "GB",
    "GBO": "GB",
    "GBP": "GB",
    "GBS": "GB",
    "RKS": "XK",
    "UNA": "UN",
    "UNO": "UN",
}

ALPHA_2: dict[str, str] = {pair[:3]: pair[3:] for pair in _ISO_3166.split()} | _PASSPORTS_ONLY
KNOWN_ALPHA_2 = frozenset(ALPHA_2.values())

# ICAO prints its specimens for Utopia. No country has this code, so no ISO code is right; XX is the
# user-assigned code that the CA/Browser Forum's Baseline Requirements (7.1.4.2) keep for "no official code".
SPECIMEN_ALPHA_3 = "UTO"
SPECIMEN_ALPHA_2 = "XX"


def alpha_2_of(code: str, *, specimens: bool = False) -> str | None:
    """Two letters for a code of one to three letters, or None when it names no state that issues passports.

    `specimens` lets Utopia through; only the local mode may set it.
    """
    wanted = code.strip().strip("<").upper()
    if specimens and wanted in (SPECIMEN_ALPHA_3, SPECIMEN_ALPHA_2):
        return SPECIMEN_ALPHA_2
    return ALPHA_2.get(wanted) or (wanted if wanted in KNOWN_ALPHA_2 else None)
