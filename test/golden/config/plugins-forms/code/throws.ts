throw new Error('there is no database')
