"""Given names that stand for one another: diminutives, and the forms of one name in neighbouring languages."""

# One line per name: the formal form, then what its bearers are called. A short form may belong to several lines.
_FORMS = """
abigail abby abbie gail
abraham abe abram bram ibrahim
adam ad addy
adelaide addie adela della heidi adele
adolf adolph adolphus adolphe dolph
agnes aggie nessie nessa agneta ines
alan allan allen al alun
albert al bert bertie alberto albrecht elbert
alexander alex al alec sandy lex sasha xander alasdair alistair alastair alexandre alejandro aleksandr sander iskander
alexandra alex sandra sasha lexi alix
alfred al alf alfie fred freddie freddy alfredo
alice ally elsie alicia alys lisa
amelia amy millie mellie emilia
amy amie aimee
andrew andy drew andre andreas andrei andres anders andrzej
angela angie angelina
ann anne anna annie nan nancy nannie hannah annette anita ana anya
anthony tony ant antony anton antonio antoine
archibald archie baldie arch
arnold arnie arno arnaud
arthur art artie arty arturo artur
augustus gus gussie august augustine augustin austin
barbara babs barb barbie bobbie barbra
barnabas barney barnaby
bartholomew bart barty bartlett bat
beatrice bea beattie trixie beatrix beatriz
benedict ben benny bennet benedikt benoit
benjamin ben benny benji benjy
bernard bernie barney bern bernhard bernardo
bertram bert bertie bertrand
bertha bertie berta
brian bryan bryant
bridget biddy bridie bride brigid brigitte
caroline carrie caro lina carolina carolyn karoline
catherine cathy kate katie kitty kathy cat kay katherine kathleen kathryn catharine katharine katharina ekaterina caitlin cate trina karen
cecil cec
cecilia cecily cissy celia cecile sheila
charles charlie chas chuck charley carl karl carlos carlo chaz charly carol karel
charlotte lottie lotte charlie carlotta
christian chris christy kristian
christine chris chrissie tina christina kirsty kristina kirsten
christopher chris kit topher christophe cristobal kristoffer christie
clarence clare
clement clem clemens
constance connie constanza
cornelius con neil corneille
daniel dan danny dani
david dave davy davie dafydd dai davey
deborah deb debbie debra
dennis den denny denis dionysius
diana di diane
dominic dom nick dominique domingo
donald don donnie donny
dorothy dot dottie dolly dora dorothea dodie thea
douglas doug dougie
duncan dunc
ebenezer eben ben
edgar ed eddie eddy ned ted
edith edie ede edyth
edmund ed eddie eddy ned ted teddy edmond
edward ed eddie eddy ned ted teddy teddie eduard eduardo edouard edvard edwardo
edwin ed eddie eddy ned ted edwyn
eleanor ellie nell nellie elle nora lenora eleonora elinor eleanora helen
elijah eli lije elias
elizabeth liz lizzie lizzy beth betty bess bessie eliza elsie elspeth libby lisa elisabeth lisbeth ella elisa isabel bette betsy
ellen nell nellie ellie elle helen
emily em emma millie emmie emilie emilia
emma em emmie
enoch nocky
eric rick ricky erik erich
ernest ernie ern ernst ernesto
esther essie hester etty hettie ester
ethel effie
eugene gene eugen
eva eve evie evelyn evita
evan euan ewan iwan owen ieuan john
ezekiel zeke
ferdinand ferdie fernando
florence flo florrie flossie flora flossy
frances fran fanny frankie francie francesca francoise
francis frank frankie fran francisco francesco franz francois
franklin frank frankie
frederick fred freddie freddy fritz frederic fredrick friedrich federico fredric freddy frederik
gabriel gabe gabby
geoffrey geoff jeff jeffrey godfrey
george georgie geordie jorge georg georges giorgio jurgen yuri dod
georgina georgie georgia georgiana gina
gerald gerry jerry gerard gerhard gerrard
gertrude gertie trudy gert
gilbert gil gib bert
gladys glad gwladys
grace gracie gratia
gregory greg gregor
gustave gus gustav gustavus
gwendoline gwen gwenda gwendolen
harold harry hal harald
harriet hattie harrie harriett harriette
harry hal henry harold
helen nell nellie ellen elena helena helene lena ellie
henrietta hetty hettie etta henriette
henry harry hal hank henri heinrich enrique hendrik henrik harri
herbert bert bertie herb herbie heribert
hermann herman
hilda hildy
horace horatio
howard howie ward
hubert bert hugh bertie
hugh hughie huw hugo huey
humphrey humph
ian iain john
ida idy
ignatius iggy ignacio
irene rene irena
isaac ike zac isak
isabella bella belle izzy isabel isobel isabelle ella tibby ishbel
ivor iver
jacob jake jack jacques james jakob
james jim jimmy jamie jem jas jimmie jaime jacques hamish seamus jimmey
jane janie jenny jean jeanne janet janey joan sian
janet jan jenny jessie
jasper casper caspar kaspar
jeffrey jeff geoffrey geoff
jemima mima jem
jennifer jen jenny jenni
jeremiah jerry jeremy jem
jessica jess jessie
jessie jess janet
joan joanie jo joanna jean
joanna jo joan joanne johanna
john jack johnny johnnie jon jock ian jan ivan johann johannes jean juan giovanni sean sion ieuan hans evan ewan joao johan yahya
jonathan jon johnny nathan jonny
joseph joe joey jos josef jose giuseppe jo jozef yusuf
josephine jo josie josefina fina
joshua josh
joyce joy
judith judy judi
julia julie jules juliet giulia
julian jules julius julien
kenneth ken kenny
lancelot lance launcelot
laura laurie lori lauren
lawrence larry laurie lawrie lars laurence laurent lorenzo lorenz
leonard len leo lenny lennie leon leonardo leonhard
leopold leo poldie
leslie les lesley
letitia lettie letty lettice
lewis lew louis lou ludwig luis louie
lilian lil lily lillie lilly lillian
louis lou louie lewis ludwig luis luigi ludovic
louisa lou lulu louise luisa
lucy lucie lucia lou lucille
luke luc lucas lukas
mabel mab may amabel
madeleine maddie maddy magdalen madeline magdalena madge
magdalen lena madge maud
marcus mark marc
margaret maggie meg peggy madge margery marge greta daisy margie margot mags rita marguerite margarita megan mog mai molly
maria mary marie mia ria mariah
marian marion marianne mary
mark marc marcus marco
marjorie marge margie madge margery
martha mattie patty matty marta
martin marty martyn martinus
mary molly polly may mamie maria marie mae moll maureen miriam minnie mari
matilda tilly matty maud mattie tillie mathilda
matthew matt matty mathew mat matthias mateo matthieu
maud maude maudie matilda
maurice morris mo moritz morrie
maximilian max maxim
michael mike mick micky mikey michel miguel mickey mitch mikhail mischa michal
mildred millie milly
minnie minna wilhelmina mary
mohammed muhammad mohamed mo mohammad ahmed muhammed mehmet
morgan mog
moses moe mose moss
nancy nan ann nance
nathaniel nat nathan nate nathanael
nicholas nick nicky nico nicolas nikolai klaus colin nicol nicolaus
nigel nige
nora norah honora leonora
norman norm
oliver ollie noll olly olivier
olivia liv livvy olive
oscar ossie
oswald oz ozzie ossie
owen owain
pamela pam
patricia pat patty patsy tricia trish
patrick pat paddy rick padraig patrice
paul paulie pablo pavel paolo
penelope penny
percival percy perce
percy perce
peter pete petey pierre pedro pieter piers
philip phil pip phillip philippe felipe
phyllis phyl phil
priscilla prissy cilla
rachel rae rachael
ralph rafe raff ralf
raymond ray raymund ramon
rebecca becky becca
reginald reg reggie rex reynold
rhoda roda
richard dick rich rick ricky richie dickie hick ricardo dicky
robert bob bobby rob robbie bert bobbie robin roberto rupert robb robby
roderick rod roddy rory
rodney rod
roger rog hodge rodger
roland rolly rowland rollo orlando
ronald ron ronnie ronny ranald
rose rosie rosa rosina
rosemary rosie rosemarie
rowland roly roland
rupert robert
ruth ruthie
samuel sam sammy
samantha sam
sarah sally sadie sal sara sallie
saul solly
sebastian seb bastian
septimus sep
sidney sid syd sydney
silas si silvanus
simon si simeon symon
solomon sol solly suleiman
sophia sophie sophy sofia
stanley stan
stephen steve stevie steven stefan esteban stephan etienne steph
stewart stu stuart stew
susan sue susie susanna suzy sukey suzanne susannah
sylvester sly vester silvester
terence terry terrance
thaddeus thad tad
theodora dora thea theo
theodore ted teddy theo theodor fyodor
theophilus theo
theresa terry tess tessa teresa therese
thomas tom tommy tam thom tomas tommaso massey
timothy tim timmy
tobias toby
ursula ursie
valentine val
vanessa nessa
veronica vera ronnie
victor vic vick viktor
victoria vicky tori vic queenie
vincent vin vince vinny vicente
viola vi violet
violet vi vi
virginia ginny ginger
vivian viv vyvyan
wallace wally
walter wally wat walt wattie gualter gwallter
wilfred wilf will fred wilfrid
wilhelmina minnie mina willa
william will bill billy willie willy liam wil wm wilhelm guillaume guillermo willem gwilym gwil
winifred winnie freda win
winston win
zachary zach zack zachariah
"""


def _forms_by_name() -> dict[str, tuple[str, ...]]:
    forms: dict[str, list[str]] = {}
    for line in _FORMS.split("\n"):
        formal, *others = line.split() or ["", ""]
        for name in (formal, *others):
            if name and formal not in forms.setdefault(name, []):
                forms[name].append(formal)
    return {name: tuple(found) for name, found in forms.items()}


FORMAL_NAMES = _forms_by_name()
"""Every known name to the formal names it can stand for: `bert` to albert, bertram, gilbert …"""
